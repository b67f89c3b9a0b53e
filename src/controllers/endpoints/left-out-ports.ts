import type { EndpointSlice, NamespaceView } from '../../kube/objects.ts';
import { MAX_PORT_ENTRIES, portsWithRecords } from '../../kube/port-limit.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';

/**
 * The slices of a namespace that have so many ports and endpoints that some ports get no records.
 */
export function leftOutPorts({ services, slices }: NamespaceView): Problem[] {
  return services.flatMap(({ name }) => {
    const own = slices.get(name) ?? [];
    const counts = portsWithRecords(own);
    return own.flatMap((slice, at) => {
      const { length } = slice.ports;
      const count = counts[at] ?? length;
      return count === length ? [] : [leftOut(slice, count, length)];
    });
  });
}

function leftOut(slice: EndpointSlice, count: number, of: number): Problem {
  const message = `only the first ${count} of ${of} ports have records: a Service has at most ${MAX_PORT_ENTRIES} pairs of an address and a port`;
  return objectProblem('warning', 'SLICE_PORTS_LEFT_OUT', slice, message);
}
