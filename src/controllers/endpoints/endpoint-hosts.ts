import { writtenHosts } from '../../kube/endpoint-hosts.ts';
import type { NamespaceView, Service } from '../../kube/objects.ts';
import type { Problem } from '../../kube/problem.ts';
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
  const problem = (message: string): Problem => ({
    severity: 'warning',
    code: 'ENDPOINTS_DNS_ANNOTATION',
    message: `Service "${service.name}": ${ENDPOINTS_DNS_ANNOTATION} ${message}`,
    origin: service.origin,
    object: `Service ${service.namespace}/${service.name}`,
  });
  if (!isOn) return [problem('has no effect without endpoints dns in the kubernetes block')];
  if (service.type === 'ExternalName') return [problem('has no effect on an ExternalName')];
  return written.faults.map(problem);
}

function sliceHints(service: Service, view: NamespaceView): Problem[] {
  const slices = (view.slices.get(service.name) ?? []).filter(
    ({ addressType }) => addressType === 'FQDN',
  );
  return slices.map(({ name, namespace, origin }) => ({
    severity: 'hint',
    code: 'SLICE_OF_HOST_NAMES',
    message: `EndpointSlice "${name}": addressType FQDN has no effect on DNS, as in a cluster: with endpoints dns in the kubernetes block its names are asked of the upstreams`,
    origin,
    object: `EndpointSlice ${namespace}/${name}`,
  }));
}
