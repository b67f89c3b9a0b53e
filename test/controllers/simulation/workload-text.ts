/**
 * `workload('Deployment shop/web', '{app: web}', 'replicas: 2')`: a document on one line. `pod` is
 * what the template's `spec` has besides a container.
 */
export function workload(ref: string, labels: string, spec = '', ports = '', pod = ''): string {
  const [kind, path = ''] = ref.split(' ');
  const [namespace, name] = path.split('/');
  const container = `{name: main, image: registry.example/main, ports: [${ports}]}`;
  const podSpec = `{containers: [${container}]${pod && `, ${pod}`}}`;
  const template = `{metadata: {labels: ${labels}}, spec: ${podSpec}}`;
  return `---\n{apiVersion: apps/v1, kind: ${kind}, metadata: {namespace: ${namespace}, name: ${name}}, spec: {selector: {matchLabels: ${labels}}, template: ${template}${spec && `, ${spec}`}}}\n`;
}
