/** Joins YAML documents, each a template of its own, into one file. */
export function manifestFile(...documents: readonly string[]): string {
  return documents.join('\n---\n');
}

/** A ClusterIP Service; `ports` and further fields of `spec` in YAML flow style. */
export function clusterService(name: string, address: string, ports: string, more = ''): string {
  return serviceText(name, `clusterIP: ${address}, ports: [${ports}]${more && `, ${more}`}`);
}

/** A headless Service. */
export function headlessService(name: string, ports = ''): string {
  return serviceText(name, `clusterIP: None, ports: [${ports}]`);
}

/** An ExternalName Service. */
export function aliasService(name: string, target: string): string {
  return serviceText(name, `type: ExternalName, externalName: ${target}`);
}

/** Any Service; `path` is `namespace/name`, optionally followed by labels as `{ a: b }`. */
export function serviceText(path: string, spec: string, labels = '{}'): string {
  const [namespace, name] = path.split('/');
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace}, labels: ${labels} }
spec: { ${spec} }`;
}

/** An EndpointSlice of the Service `path`; `endpoints` is a YAML flow list. */
export function sliceText(
  path: string,
  endpoints: string,
  ports: string,
  { suffix = '1', family = 'IPv4', labels = '' } = {},
): string {
  const [namespace, name] = path.split('/');
  return `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}-${suffix}
  namespace: ${namespace}
  labels: { kubernetes.io/service-name: ${name}${labels && `, ${labels}`} }
addressType: ${family}
endpoints: [${endpoints}]
ports: [${ports}]`;
}

/** A running Pod with its addresses, the first one primary. */
export function podText(path: string, addresses: readonly string[], labels = '{}'): string {
  const [namespace, name] = path.split('/');
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: ${labels} }
spec: { containers: [{ name: main, image: registry.example/main }] }
status:
  phase: Running
  podIP: "${addresses[0]}"
  podIPs: [${addresses.map((ip) => `{ ip: "${ip}" }`).join(', ')}]
  conditions: [{ type: Ready, status: "True" }]`;
}

/** A Namespace with labels. */
export function namespaceText(name: string, labels = '{}'): string {
  return `
apiVersion: v1
kind: Namespace
metadata: { name: ${name}, labels: ${labels} }`;
}
