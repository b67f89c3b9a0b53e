import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { accepted } from './api.ts';
import { ApiProxy } from './api-proxy.ts';
import { replies } from './asker.ts';
import { Changer } from './changes.ts';
import { Cluster, DNS_RULES } from './cluster.ts';
import { differences } from './compared.ts';
import { Dice } from './dice.ts';
import { unexplained } from './differences.ts';
import { DnsServer } from './dns-servers.ts';
import { settled } from './markers.ts';
import { namesOf, objectsOf, question } from './questions.ts';
import type { Fault } from './spoil.ts';
import { createStill, stillNames } from './still.ts';

/** CLUSTER_SEED repeats what a failure has printed. */
const SEED = Number(process.env['CLUSTER_SEED'] ?? 0) || Math.floor(Math.random() * 1e9);
/** Changes while each kind of fault lasts. */
const CHANGES = Math.min(300, Number(process.env['CLUSTER_CHANGES'] ?? 10_000) / 10);

/** So many requests fail at least: of eleven collections that are followed. */
const FAULTS = 6;

const dice = new Dice(SEED);
let cluster: Cluster;
let proxy: ApiProxy;
let coredns: DnsServer;
let svcdns: DnsServer;
let changer: Changer;

beforeAll(async () => {
  cluster = await Cluster.start('namespace-controller');
  changer = new Changer(cluster, new Dice(SEED + 1), 0);
  await changer.begin();
  await new Changer(cluster, new Dice(SEED + 2), 1).begin();
  await createStill(cluster.api);
  proxy = await ApiProxy.start(cluster);
  coredns = await DnsServer.coredns(cluster.kubeconfig('coredns'));
  svcdns = await DnsServer.svcdns(cluster.kubeconfig('svcdns', proxy.url));
  await settled(cluster.api, [coredns, svcdns]);
});

afterAll(async () => {
  await svcdns?.stop();
  await coredns?.stop();
  await proxy?.stop();
  await cluster?.stop();
});

/** Any byte of the first objects, or of those that come later. */
const anyByte = () => dice.below(dice.once(2) ? 400 : 40_000);

describe(`svcdns behind a proxy that fails, CLUSTER_SEED=${SEED}`, () => {
  const faults: readonly [string, (isWatch: boolean) => Fault][] = [
    ['connections are cut at any byte', () => ({ kind: 'cut', bytes: anyByte() })],
    ['watches end with 410 in the body', () => ({ kind: 'gone', bytes: anyByte() })],
    ['requests get 410', () => ({ kind: 'status', status: 410 })],
    ['requests get 429', () => ({ kind: 'status', status: 429 })],
    ['requests get 500', () => ({ kind: 'status', status: 500 })],
    ['everything is slow', () => ({ kind: 'slow', ms: 20 })],
    ['bookmarks stand between all events', () => ({ kind: 'bookmarks' })],
    ['events come twice', () => ({ kind: 'doubled' })],
    ['events come in another order', () => ({ kind: 'swapped' })],
    ['all of these happen', () => dice.of(faults.slice(0, -1))[1](true)],
  ];

  test.for(faults)('answers as before while %s, and rightly after it', async ([, fault]) => {
    // One in three is spared: or else nothing would be read at all.
    proxy.fail((isWatch) => (dice.once(3) ? { kind: 'none' } : fault(isWatch)));
    proxy.cut();
    await whileAsking(async (asked) => {
      for (let count = 0; count < CHANGES; count++) {
        await changer.change();
        if (count % 20 === 0) proxy.cut();
      }
      await eventually(() => expect(proxy.faults).toBeGreaterThanOrEqual(FAULTS));
      const before = asked();
      await eventually(() => expect(asked()).toBeGreaterThan(before + 1));
    });
    proxy.recover();
    // That 5 s are enough is shown with a clock of its own in test/sources/kubeapi/reflector.
    await settled(cluster.api, [coredns, svcdns]);
    await expectSame();
  });
});

test.for([
  ['fewer', 3],
  ['more', CHANGES],
] as const)(
  'svcdns follows an API server whose etcd was restored, after %s changes than were undone',
  async ([, changes]) => {
    await cluster.backUp();
    for (let count = 0; count < CHANGES / 3; count++) await changer.change();
    await settled(cluster.api, [svcdns]);
    await whileAsking(async (asked) => {
      // Until then its version may have become one that svcdns knows with another past.
      proxy.fail(() => ({ kind: 'status', status: 503 }));
      await cluster.restore();
      for (let count = 0; count < changes; count++) await changer.change();
      const before = asked();
      await eventually(() => expect(asked()).toBeGreaterThan(before + 1));
    });
    proxy.recover();
    // The CoreDNS that was there goes on with the past that it knows.
    await coredns.stop();
    coredns = await DnsServer.coredns(cluster.kubeconfig('coredns'));
    await settled(cluster.api, [coredns, svcdns]);
    await eventually(() => expectSame());
  },
);

test('svcdns follows an API server that comes back with other certificates, as another token', async () => {
  const user = 'system:serviceaccount:kube-system:svcdns';
  await cluster.allow(user, DNS_RULES);
  const first = await tokenOf('first');
  const second = await tokenOf('second');
  const kubeconfig = (token: string) => cluster.kubeconfig('rotated', undefined, token);
  const direct = await DnsServer.svcdns(kubeconfig(first));
  let after: DnsServer | undefined;
  try {
    await settled(cluster.api, [coredns, direct]);
    const still = (await stillNames(cluster.api)).map((name) => ({ name, type: 'A' }));
    const before = await replies(direct.address, still, 'udp');
    accepted(await cluster.api.delete('/api/v1/namespaces/kube-system/secrets/first'));
    await cluster.stopServer();
    const meanwhile = await replies(direct.address, still, 'udp');
    expect(meanwhile.map(({ answer }) => answer.toSorted())).toEqual(
      before.map(({ answer }) => answer.toSorted()),
    );
    cluster.renewCertificates();
    await cluster.startServer();
    await changer.change();
    kubeconfig(second);
    after = await DnsServer.coredns(cluster.kubeconfig('coredns'));
    await settled(cluster.api, [after, direct]);
    await expectSame({ coredns: after, svcdns: direct });
    expect(direct.printed).not.toContain(first);
    expect(direct.printed).not.toContain(second);
  } finally {
    await direct.stop();
    await after?.stop();
  }
});

/** A token that is good until the Secret of this name is gone. */
async function tokenOf(name: string): Promise<string> {
  const { api } = cluster;
  const base = '/api/v1/namespaces/kube-system';
  await api.post(`${base}/serviceaccounts`, { metadata: { name: 'svcdns' } });
  const secret = await api.create(`${base}/secrets`, { metadata: { name } });
  const { uid } = secret.metadata as { uid?: string };
  const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name, uid };
  const made = await api.post(`${base}/serviceaccounts/svcdns/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { boundObjectRef, audiences: [] },
  });
  return (accepted(made) as unknown as { status: { token: string } }).status.token;
}

/** Every query has an answer meanwhile, and what stays as it is always the same one. */
async function whileAsking(work: (asked: () => number) => Promise<void>): Promise<void> {
  const still = await stillNames(cluster.api);
  const others = namesOf(await objectsOf(cluster.api));
  const some = (of: readonly string[]) => Array.from({ length: 200 }, () => question(dice, of));
  let isOver = false;
  let rounds = 0;
  const ask = async () => {
    for (; !isOver; rounds++) {
      await replies(svcdns.address, some(others), 'udp');
      const found = await differences({ coredns, svcdns }, some(still), 'udp', still);
      expect(unexplained(found)).toEqual([]);
    }
  };
  const worked = work(() => rounds).finally(() => {
    isOver = true;
  });
  await Promise.all([worked, ask()]);
}

async function expectSame(servers = { coredns, svcdns }): Promise<void> {
  const names = namesOf(await objectsOf(cluster.api));
  const asked = Array.from({ length: 2000 }, () => question(dice, names));
  expect(unexplained(await differences(servers, asked, 'udp', names)).slice(0, 10)).toEqual([]);
}
