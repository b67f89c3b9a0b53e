import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { accepted, type Manifest } from './api.ts';
import { replies } from './asker.ts';
import { Cluster } from './cluster.ts';
import { DnsServer } from './dns-servers.ts';
import { Stalls } from './stalls.ts';

const CORE = '/api/v1/namespaces';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/churn/endpointslices';

/**
 * An address may be answered for so long after the cluster has said that it is not ready, ms,
 * without the time in which the machine had no CPU for those who take part.
 */
const LATEST_MS = 1000;

let cluster: Cluster;
let server: DnsServer;
let stalls: Stalls;
let nextAddress = 1;

beforeAll(async () => {
  cluster = await Cluster.start('endpointslice-controller');
  const { api } = cluster;
  // The controller leaves Pods out whose Node it does not know.
  await api.create('/api/v1/nodes', { metadata: { name: 'node' } });
  await api.create(CORE, { metadata: { name: 'churn' } });
  for (const name of ['set', 'web']) {
    const spec = { clusterIP: 'None', selector: { app: name }, ports: [{ port: 80 }] };
    await api.create(`${CORE}/churn/services`, { metadata: { name }, spec });
  }
  server = await DnsServer.svcdns(cluster.kubeconfig('svcdns'));
  stalls = new Stalls([server.pid, ...cluster.pids]);
});

afterAll(async () => {
  stalls?.stop();
  await server?.stop();
  await cluster?.stop();
});

describe('each address that svcdns answers was ready within the last second', () => {
  test('while a set of Pods goes from 0 to 20 and to 3', async () => {
    await whileWatching('set', async () => {
      const pods: Pod[] = [];
      for (let ordinal = 0; ordinal < 20; ordinal++) {
        const pod = await createPod('set', `set-${ordinal}`);
        await setReady(pod, true);
        pods.push(pod);
      }
      await answers('set', pods);
      for (const pod of pods.splice(3).toReversed()) {
        await setReady(pod, false);
        await deletePod(pod);
      }
      await answers('set', pods);
    });
  });

  test('while Pods are replaced one by one, and one is ready at any time', async () => {
    const old = await Promise.all([0, 1, 2, 3, 4].map((one) => createPod('web', `old-${one}`)));
    for (const pod of old) await setReady(pod, true);
    await answers('web', old);
    await whileWatching('web', async (isEmpty) => {
      const ready = [...old];
      for (let count = 0; count < 5; count++) {
        const pod = await createPod('web', `new-${count}`);
        await setReady(pod, true);
        const gone = ready.shift() as Pod;
        ready.push(pod);
        await setReady(gone, false);
        await deletePod(gone);
        await answers('web', ready);
      }
      expect(isEmpty()).toBe(false);
    });
  });
});

interface Pod {
  readonly path: string;
  readonly address: string;
}

async function createPod(app: string, name: string): Promise<Pod> {
  const spec = {
    ...{ nodeName: 'node', hostname: name, subdomain: app },
    containers: [{ name: 'main', image: 'none' }],
  };
  const path = `${CORE}/churn/pods`;
  await cluster.api.create(path, { metadata: { name, labels: { app } }, spec });
  return { path: `${path}/${name}`, address: `10.2.0.${nextAddress++}` };
}

async function setReady({ path, address }: Pod, isReady: boolean): Promise<void> {
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }];
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions };
  accepted(await cluster.api.patch(`${path}/status`, { status }));
}

async function deletePod({ path }: Pod): Promise<void> {
  accepted(await cluster.api.delete(path));
}

const asked = (service: string) => [{ name: `${service}.churn.svc.cluster.local.`, type: 'A' }];

async function addresses(service: string): Promise<string[]> {
  const [reply] = await replies(server.address, asked(service), 'udp');
  return reply!.answer.map((record) => record.slice(record.lastIndexOf(' ') + 1)).sort();
}

/** Waits until these are answered, and no others. */
async function answers(service: string, pods: readonly Pod[]): Promise<void> {
  const expected = pods.map(({ address }) => address).sort();
  await eventually(async () => expect(await addresses(service)).toEqual(expected));
}

/** Judges every answer by what the API server has told the test itself. */
async function whileWatching(
  service: string,
  work: (isEmpty: () => boolean) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  /** Until when an address was ready; for ever while it is. */
  const readyUntil = new Map<string, number>();
  const watching = follow(service, readyUntil, end.signal);
  let wasEmpty = false;
  const asking = async () => {
    while (!end.signal.aborted) {
      const sentAt = now();
      const answered = await addresses(service);
      if (answered.length === 0) wasEmpty = true;
      // svcdns may hear of an address before the test itself does.
      await eventually(() =>
        expect([...readyUntil.keys()]).toEqual(expect.arrayContaining(answered)),
      );
      const late = answered.filter((one) => readyUntil.get(one)! < sentAt - LATEST_MS);
      expect(late, 'addresses that have not been ready for a second').toEqual([]);
    }
  };
  const worked = work(() => wasEmpty).finally(() => end.abort());
  await Promise.all([worked, asking(), watching]);
}

/** Goes on while nothing that takes part waits for the machine, ms. */
function now(): number {
  return performance.now() - stalls.totalMs;
}

async function follow(
  service: string,
  readyUntil: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const ready = new Map<string, readonly string[]>();
  for await (const { type, object } of cluster.api.watch(SLICES, signal)) {
    const { name, labels } = object.metadata;
    if (labels?.['kubernetes.io/service-name'] !== service) continue;
    for (const address of ready.get(name) ?? []) readyUntil.set(address, now());
    ready.set(name, type === 'DELETED' ? [] : readyAddresses(object));
    for (const address of [...ready.values()].flat()) readyUntil.set(address, Infinity);
  }
}

function readyAddresses(slice: Manifest): string[] {
  const endpoints = slice['endpoints'] as
    | { addresses: string[]; conditions: { ready?: boolean } }[]
    | null;
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions.ready !== false);
  return ready.flatMap(({ addresses }) => addresses);
}
