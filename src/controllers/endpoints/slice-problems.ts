import { writtenHosts } from '../../kube/endpoint-hosts.ts';
import type { EndpointSlice, NamespaceView, Service } from '../../kube/objects.ts';
import { MAX_PORT_ENTRIES, portsWithRecords } from '../../kube/port-limit.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import { ENDPOINTS_DNS_ANNOTATION } from '../../kube/well-known.ts';

/**
 * Endpoints that are host names, and are not used, or not all of them. `isOn`: with
 * `endpoints dns`.
 */
export function endpointHostProblems(view: NamespaceView, isOn: boolean): Problem[] {
  return view.services.flatMap((service) => [
    ...annotationProblems(service, isOn),
    ...(isOn ? [] : sliceHints(service, view)),
  ]);
}

function annotationProblems(service: Service, isOn: boolean): Problem[] {
  const written = writtenHosts(service);
  if (written === undefined) return [];
  const problem = (fault: string) => {
    const message = `${ENDPOINTS_DNS_ANNOTATION} ${fault}`;
    return objectProblem('warning', 'ENDPOINTS_DNS_ANNOTATION', service, message);
  };
  if (!isOn) return [problem('has no effect without --endpoints dns')];
  if (service.type === 'ExternalName') return [problem('has no effect on an ExternalName')];
  return written.faults.map(problem);
}

function sliceHints(service: Service, view: NamespaceView): Problem[] {
  const slices = (view.slices.get(service.name) ?? []).filter(
    ({ addressType }) => addressType === 'FQDN',
  );
  const message =
    'addressType FQDN has no effect on DNS, as in a cluster: with --endpoints dns its names are asked of the upstreams';
  return slices.map((slice) => objectProblem('hint', 'SLICE_OF_HOST_NAMES', slice, message));
}

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
