import { ipFamily } from '../../dns/address.ts';
import type { Endpoint, EndpointSlice, NamespaceView, Service } from '../../kube/objects.ts';
import type { ObjectFinding, Rule } from '../rule.ts';
import { someNames } from '../search-path.ts';

export const endpointHostNameTaken: Rule = {
  id: 'endpoint-host-name-taken',
  severity: 'warning',
  reason:
    'Endpoints of one Service with the same host name share a name, which then leads to one or the other.',
  fix: 'Give each endpoint its own host name: a StatefulSet does, and so do Pods of a Deployment without hostname.',
  objects({ views, registry }, found) {
    for (const view of views) {
      for (const service of view.services) {
        const finding = takenBy(service, view);
        if (finding !== undefined) found(finding);
      }
      const objects = registry.namespace(view.name);
      for (const object of objects?.workloads ?? []) {
        const { hostname, subdomain } = object.template;
        if (object.kind === 'StatefulSet' || object.replicas < 2 || hostname === '') continue;
        if (objects?.services.has(subdomain) !== true) continue;
        const message = `all of its ${object.replicas} Pods have the name ${hostname}.${subdomain}: leave spec.template.spec.hostname out, or make it a StatefulSet`;
        found({ object, message });
      }
    }
  },
};

function takenBy(service: Service, { slices }: NamespaceView): ObjectFinding | undefined {
  /** By host name and family: a Pod has one address of each. */
  const owners = new Map<string, string>();
  const taken = new Set<string>();
  let object: EndpointSlice | Service | undefined;
  for (const slice of slices.get(service.name) ?? []) {
    for (const endpoint of slice.endpoints) {
      const [first] = endpoint.addresses;
      const isMadeUp = endpoint.pod?.madeOf !== undefined;
      if (endpoint.hostname === '' || first === undefined || isMadeUp) continue;
      if (slice.addressType === 'FQDN') continue;
      const key = `${endpoint.hostname} ${ipFamily(first)}`;
      const owner = ownerOf(endpoint);
      const known = owners.get(key);
      if (known === undefined) owners.set(key, owner);
      else if (known !== owner) {
        taken.add(endpoint.hostname);
        object ??= slice.madeOf === undefined ? slice : service;
      }
    }
  }
  if (object === undefined) return undefined;
  const names = someNames([...taken].map((host) => `${host}.${service.name}`));
  return {
    object,
    message: `more than one endpoint has the host name ${names}: give each its own`,
  };
}

/** Whose an address is: one Pod may stand in several slices. */
function ownerOf({ targetName, addresses }: Endpoint): string {
  return targetName === '' ? `address ${addresses[0]}` : `Pod ${targetName}`;
}
