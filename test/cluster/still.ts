import type { Api } from './api.ts';
import { SELECTED } from './dns-servers.ts';
import { namesOf, objectsOf } from './questions.ts';

const NAMESPACE = 'still';

/** A manifest to lay over the cluster: its Service still/web has another address there. */
export const OTHER_WEB = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${NAMESPACE} }
spec: { clusterIP: 10.96.7.7, ports: [{ name: http, port: 80 }] }
`;

/** Objects that nobody changes, in every zone but the one of few namespaces. */
export async function createStill(api: Api): Promise<void> {
  const core = '/api/v1/namespaces';
  await api.create(core, { metadata: { name: NAMESPACE, labels: SELECTED } });
  const ports = [{ name: 'http', port: 80 }];
  const specs = { web: { ports }, db: { clusterIP: 'None', ports }, api: { ports } };
  for (const [index, [name, spec]] of Object.entries(specs).entries()) {
    const metadata = { name, labels: SELECTED };
    await api.create(`${core}/${NAMESPACE}/services`, { metadata, spec });
    await api.create(`/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
      metadata: { name, labels: { ...SELECTED, 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [1, 2, 3].map((host) => ({ addresses: [`10.1.${index}.${host}`] })),
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
  }
}

/** The names of these objects. */
export async function stillNames(api: Api): Promise<readonly string[]> {
  const objects = await objectsOf(api);
  const ofStill = ({ metadata }: { metadata: { name: string; namespace?: string } }) =>
    metadata.namespace === NAMESPACE;
  const names = namesOf({
    namespaces: [],
    services: objects.services.filter(ofStill),
    slices: objects.slices.filter(ofStill),
    pods: [],
  });
  return names.filter((name) => /\.still\.|\.1\.10\.in-addr/.test(name));
}
