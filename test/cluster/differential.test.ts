import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROWS } from '../../src/cli/verify/known-differences.ts';
import { replies } from './asker.ts';
import { Changer } from './changes.ts';
import { Cluster } from './cluster.ts';
import { differences } from './compared.ts';
import { Dice } from './dice.ts';
import { TRUNCATION_ROWS, unexplained } from './differences.ts';
import { DnsServer } from './dns-servers.ts';
import { settled } from './markers.ts';
import { namesOf, objectsOf, question } from './questions.ts';
import { createStill, stillNames } from './still.ts';

/** CLUSTER_SEED repeats what a failure has printed. */
const SEED = Number(process.env['CLUSTER_SEED'] ?? 0) || Math.floor(Math.random() * 1e9);
const QUESTIONS = Number(process.env['CLUSTER_QUESTIONS'] ?? 100_000);
const CHANGES = Number(process.env['CLUSTER_CHANGES'] ?? 10_000);
const LANES = 4;
/** So often there is a quiet moment, in which all answers are compared. */
const MOMENTS = 4;

let cluster: Cluster;
let coredns: DnsServer;
let svcdns: DnsServer;
let changers: readonly Changer[];

beforeAll(async () => {
  cluster = await Cluster.start('namespace-controller');
  const { api } = cluster;
  const dice = (lane: number) => new Dice(SEED * 31 + lane);
  changers = Array.from({ length: LANES }, (_, lane) => new Changer(cluster, dice(lane), lane));
  await Promise.all(changers.map((changer) => changer.begin()));
  await createStill(api);
  svcdns = await DnsServer.svcdns(cluster.kubeconfig('svcdns'));
  coredns = await DnsServer.coredns(cluster.kubeconfig('coredns'));
});

afterAll(async () => {
  await coredns?.stop();
  await svcdns?.stop();
  await cluster?.stop();
});

describe(`svcdns beside CoreDNS on one API server, CLUSTER_SEED=${SEED}`, () => {
  const moments = Array.from({ length: MOMENTS + 1 }, (_, moment) => moment);

  test.for(moments)('answers as it does, after %i of 4 parts of the changes', async (moment) => {
    if (moment > 0) await change(Math.ceil(CHANGES / MOMENTS / LANES));
    await settled(cluster.api, [coredns, svcdns]);
    const dice = new Dice(SEED + moment);
    const names = namesOf(await objectsOf(cluster.api));
    const count = Math.ceil(QUESTIONS / (MOMENTS + 1));
    const asked = Array.from({ length: count }, () => question(dice, names));
    const overTcp = count >> 3;
    const found = [
      ...(await differences({ coredns, svcdns }, asked.slice(overTcp), 'udp', names)),
      ...(await differences({ coredns, svcdns }, asked.slice(0, overTcp), 'tcp', names)),
    ];
    const texts = unexplained(found);
    expect(texts.slice(0, 10), `${texts.length} differences without a row`).toEqual([]);
  });
});

test('differences are rows of docs/compatibility.md', () => {
  const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  const cells = page.split('\n').map((line) => line.split(' | ')[0]?.replace(/^\| /, ''));
  const rows = [...ROWS.map(({ row }) => row), ...TRUNCATION_ROWS];
  expect(rows.filter((row) => !cells.includes(row))).toEqual([]);
});

/** So many changes in each lane, while both servers are asked. */
async function change(each: number): Promise<void> {
  let working = changers.length;
  const lanes = changers.map(async (changer) => {
    for (let count = 0; count < each; count++) await changer.change();
    working--;
  });
  await Promise.all([...lanes, askMeanwhile(() => working > 0, new Dice(SEED + each))]);
  const refused = changers.flatMap((changer) => changer.refused);
  expect(refused.length, refused.slice(-5).join('\n')).toBeLessThan(each * LANES);
}

/** No query goes without an answer, and what stays as it is has the same one all the time. */
async function askMeanwhile(isOn: () => boolean, dice: Dice): Promise<void> {
  const { api } = cluster;
  const [names, still] = [namesOf(await objectsOf(api)), await stillNames(api)];
  const some = (of: readonly string[]) => Array.from({ length: 300 }, () => question(dice, of));
  while (isOn()) {
    for (const { rcode } of await replies(svcdns.address, some(names), 'udp')) {
      expect(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED']).toContain(rcode);
    }
    const found = await differences({ coredns, svcdns }, some(still), 'udp', still);
    expect(unexplained(found)).toEqual([]);
  }
}
