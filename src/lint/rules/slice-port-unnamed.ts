import type { EndpointSlice, Service } from '../../kube/objects.ts';
import type { Rule } from '../rule.ts';

export const slicePortUnnamed: Rule = {
  id: 'slice-port-unnamed',
  severity: 'warning',
  reason:
    'A port without a name in an EndpointSlice, where the Service or another port has one, gives no SRV record, and no traffic of the Service reaches it.',
  fix: 'Give the port of the EndpointSlice the name that the port of the Service has.',
  objects({ views }, found) {
    for (const { services, slices } of views) {
      for (const service of services) {
        const own = (slices.get(service.name) ?? []).filter(isWritten);
        const isNamed = [service, ...own].some(hasNamedPort);
        for (const slice of own) {
          const port = slice.ports.find(({ name }) => name === '');
          if (!isNamed || port === undefined) continue;
          const message = `port ${port.port ?? 'of any number'} has no name, so there is no SRV record for it, and no port of Service ${service.name} leads to it${expected(service)}`;
          found({ object: slice, message });
        }
      }
    }
  },
};

/** What a controller made of Pods has their names right. */
function isWritten({ madeOf }: EndpointSlice): boolean {
  return madeOf === undefined;
}

function hasNamedPort({ ports }: Service | EndpointSlice): boolean {
  return ports.some(({ name }) => name !== '');
}

function expected({ ports }: Service): string {
  const [first] = ports.map(({ name }) => name).filter((name) => name !== '');
  return first === undefined ? '' : `: expected a name, as in name: ${first}`;
}
