import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, eventuallyTrue } from '../helpers/eventually.ts';
import { accepted } from './api.ts';
import { replies } from './asker.ts';
import { Cluster } from './cluster.ts';
import { DnsServer } from './dns-servers.ts';
import { Marks } from './marks.ts';
import { SliceStates } from './slice-states.ts';

const CORE = '/api/v1/namespaces';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/churn/endpointslices';

let cluster: Cluster;
let server: DnsServer;
let marks: Marks;
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
  marks = await Marks.begin(api, 'churn');
  server = await DnsServer.svcdns(cluster.kubeconfig('svcdns'));
});

afterAll(async () => {
  await server?.stop();
  await cluster?.stop();
});

describe('svcdns answers what slices say, and nothing older than what it has answered already', () => {
  test('while a set of Pods goes from 0 to 20 and to 3', async () => {
    await whileWatching('set', async () => {
      const pods: Pod[] = [];
      for (let ordinal = 0; ordinal < 20; ordinal++) {
        const pod = await createPod('set', `set-${ordinal}`);
        await setReady(pod, true);
        pods.push(pod);
      }
      await answers('set', pods);
      while (pods.length > 3) {
        const pod = pods.pop()!;
        await setReady(pod, false);
        // Deleted at once, most would go from their slice without ever being not ready there.
        await answers('set', pods);
        await deletePod(pod);
      }
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
        await answers('web', ready);
        await deletePod(gone);
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

/**
 * Judges every answer by the order of events alone. The watch of slices has one order for all who
 * follow it: once svcdns has answered a mark, it has taken all that came before the mark, and
 * before a mark is made nobody can have seen what comes after it. So the answer between two marks
 * is one of the states between these.
 */
async function whileWatching(
  service: string,
  work: (isEmpty: () => boolean) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const states = await SliceStates.follow(cluster.api, SLICES, service, end.signal);
  let isOver = false;
  let wasEmpty = false;
  const judging = async () => {
    while (!isOver) {
      const from = marks.versionOf(await marked());
      const answered = await addresses(service);
      if (answered.length === 0) wasEmpty = true;
      const to = await marks.make();
      await eventuallyTrue(() => states.reaches(to));
      expect(states.between(from, to)).toContainEqual(answered);
    }
  };
  try {
    await caughtUp(); // what was before the first state is not known
    const worked = work(() => wasEmpty).finally(() => {
      isOver = true;
    });
    await Promise.all([worked, judging()]);
    await caughtUp();
  } finally {
    end.abort();
  }
}

/** Waits until svcdns has taken all that there is. */
async function caughtUp(): Promise<void> {
  await marks.make();
  await eventually(async () => expect(await marked()).toBe(marks.last));
}

async function marked(): Promise<string> {
  const [address = ''] = await addresses(marks.service);
  return address;
}
