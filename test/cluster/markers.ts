import { eventuallyTrue } from '../helpers/eventually.ts';
import type { Api } from './api.ts';
import { accepted } from './api.ts';
import { replies } from './asker.ts';
import { type DnsServer, FEW, SELECTED } from './dns-servers.ts';
import type { Question } from './questions.ts';

let made = 0;

/**
 * Waits until servers have taken all changes so far. A watch delivers the objects of one collection
 * in order, so whoever knows the last one of each knows those before it.
 */
export async function settled(api: Api, servers: readonly DnsServer[]): Promise<void> {
  const questions = await mark(api);
  for (const server of servers) await eventuallyTrue(() => knows(server, questions));
}

async function knows({ address }: DnsServer, questions: readonly Question[]): Promise<boolean> {
  const came = await replies(address, questions, 'udp');
  return came.every(({ answer }) => answer.length > 0);
}

/** Makes an object of every kind for each zone; their names are answered once all are known. */
async function mark(api: Api): Promise<readonly Question[]> {
  made++;
  const name = `marker-${made}`;
  const address = `10.9.${made >> 8}.${made & 255}`;
  const core = '/api/v1/namespaces';
  await namespacesGone(api);
  await api.create(core, { metadata: { name, labels: SELECTED } });
  const metadata = { name, labels: SELECTED };
  await api.create(`${core}/${name}/services`, {
    metadata,
    ...{ spec: { clusterIP: 'None', ports: [{ port: 1 }] } },
  });
  for (const namespace of FEW) {
    await api.create(`${core}/${namespace}/services`, { metadata, spec: { ports: [{ port: 1 }] } });
  }
  await api.create(`/apis/discovery.k8s.io/v1/namespaces/${name}/endpointslices`, {
    metadata: { name, labels: { ...SELECTED, 'kubernetes.io/service-name': name } },
    ...{ addressType: 'IPv4', endpoints: [{ addresses: [address] }], ports: [] },
  });
  const containers = [{ name: 'main', image: 'none' }];
  await api.create(`${core}/${name}/pods`, { metadata, spec: { containers } });
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }] };
  accepted(await api.patch(`${core}/${name}/pods/${name}/status`, { status }));
  return [
    `${name}.${name}.svc.cluster.local.`,
    `${name}.${name}.svc.selected.test.`,
    `${address.replaceAll('.', '-')}.${name}.pod.selected.test.`,
    ...FEW.map((namespace) => `${name}.${namespace}.svc.few.test.`),
  ].map((question) => ({ name: question, type: 'A' }));
}

/** What a namespace holds goes one by one, for as long as it is ending. */
async function namespacesGone(api: Api): Promise<void> {
  await eventuallyTrue(async () => {
    const namespaces = await api.list('/api/v1/namespaces');
    return namespaces.every(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  });
}
