import { podNameFault } from '../../controllers/simulation/workload-pods.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from '../../dns/name.ts';
import type { NamespaceView, Service } from '../../kube/objects.ts';
import { forwardZones } from '../aliases.ts';
import type { Rule } from '../rule.ts';
import { endpointHostNames } from '../search-path.ts';

export const nameTooLong: Rule = {
  id: 'name-too-long',
  severity: 'warning',
  reason:
    'A name is at most 253 characters, and a label 63: what is longer once it is put together is not in DNS.',
  fix: 'Shorten the name of the Service, the namespace, the port or the StatefulSet, or the zone.',
  objects(linted, found) {
    const zones = forwardZones(linted);
    const longest = zones.reduce((long, zone) => (zone.length > long.length ? zone : long), '');
    for (const view of linted.views) {
      for (const object of view.services) {
        const fault = serviceFault(object, view, longest);
        if (fault !== undefined) found({ object, message: fault });
      }
      for (const object of linted.registry.namespace(view.name)?.workloads ?? []) {
        const isLong = object.name.length > MAX_LABEL_BYTES - 2 && object.kind === 'StatefulSet';
        const fault = isLong ? podNameFault(object) : undefined;
        if (fault === undefined) continue;
        const message = `the names of its Pods are too long for a label, and a cluster makes none: ${fault}`;
        found({ object, message });
      }
    }
  },
};

function serviceFault(service: Service, view: NamespaceView, zone: string): string | undefined {
  const { name, namespace, ports } = service;
  const long = ports.find((port) => port.name.length >= MAX_LABEL_BYTES);
  if (long !== undefined) {
    return `port name "${long.name}" has no SRV record: with its underscore it has ${long.name.length + 1} characters, and a label at most ${MAX_LABEL_BYTES}`;
  }
  const own = `${name}.${namespace}.svc.${zone}`;
  const below = ports
    .filter((port) => port.name !== '')
    .map((port) => `_${port.name}._${port.protocol.toLowerCase()}`);
  // Two bytes more than characters: the first length byte, and the root's.
  const isLong = (text: string) => text.length + 2 > MAX_NAME_BYTES;
  if (isLong(own)) return tooLong(own);
  // Most names are far from it: then nothing has to be put together.
  if (own.length + MAX_LABEL_BYTES + 10 < MAX_NAME_BYTES) return undefined;
  const names = [...below, ...endpointHostNames(service, view)].map((host) => `${host}.${own}`);
  const found = names.find(isLong);
  return found && tooLong(found);
}

function tooLong(name: string): string {
  return `${name} has ${name.length} characters, and a name in DNS at most ${MAX_NAME_BYTES - 2}: it cannot be asked for`;
}
