import { writtenHosts } from '../../kube/endpoint-hosts.ts';
import type { NamespaceView, Service } from '../../kube/objects.ts';
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
  if (!isOn) return [problem('has no effect without endpoints dns in the kubernetes block')];
  if (service.type === 'ExternalName') return [problem('has no effect on an ExternalName')];
  return written.faults.map(problem);
}

function sliceHints(service: Service, view: NamespaceView): Problem[] {
  const slices = (view.slices.get(service.name) ?? []).filter(
    ({ addressType }) => addressType === 'FQDN',
  );
  const message =
    'addressType FQDN has no effect on DNS, as in a cluster: with endpoints dns in the kubernetes block its names are asked of the upstreams';
  return slices.map((slice) => objectProblem('hint', 'SLICE_OF_HOST_NAMES', slice, message));
}
