// What the plugin explain costs on the questions that search lists make: see README.md.
import { LiveZone } from '../src/zone/live-zone.ts';
import { FilePlane } from '../test/control/file-plane.ts';
import { arrived } from '../test/helpers/arrived.ts';
import { asChange, ZONE_OPTIONS } from '../test/helpers/in-process.ts';
import { encodeQuery } from '../test/helpers/query.ts';
import { service } from '../test/registry/load-text.ts';
import { blocksOf, exchanging } from '../test/server/answer/chain-world.ts';

const ROUNDS = 200;
const CALLS = 30_000;
const SERVICES = 1000;

const plane = new FilePlane();
const text = Array.from({ length: SERVICES }, (_, i) => service(`ns-${i % 20}/web-${i}`)).join('');
const live = new LiveZone(ZONE_OPTIONS);
live.apply(asChange(plane.put({ 'a.yaml': text })), 1);
live.isSynced = true;

/** What Pods of 20 namespaces ask for 15 hosts outside, and how each search list goes on. */
const names = Array.from({ length: 300 }, (_, i) => `api-${i % 15}.example.com.`).flatMap(
  (host, i) => [
    `${host}ns-${i % 20}.svc.cluster.local.`,
    `${host}svc.cluster.local.`,
    `${host}cluster.local.`,
  ],
);

const EDNS = process.argv[2] === 'plain' ? {} : { edns: {} };

function answering(corefile: string): () => void {
  const { blocks } = blocksOf(corefile, undefined, { live, zone: ZONE_OPTIONS });
  const { exchange } = exchanging(blocks);
  const output = Buffer.alloc(65_535);
  const queries = names.map((name) =>
    arrived(encodeQuery(name, 'A', EDNS), { peer: { address: '10.1.2.3', port: 40_000 } }),
  );
  return () => {
    for (let call = 0; call < CALLS; call++) {
      exchange.answer(queries[call % queries.length]!, output);
    }
  };
}

function cpuNs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / CALLS;
}

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1]!;

const without = answering('. {\n  kubernetes cluster.local\n}\n');
const having = answering('. {\n  explain\n  kubernetes cluster.local\n}\n');
for (const run of [without, having, without, having]) run();
const bare: number[] = [];
const more: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  // Either is first as often as the other.
  const [first, second] = round % 2 === 0 ? [without, having] : [having, without];
  const [a, b] = [cpuNs(first), cpuNs(second)];
  const [one, two] = round % 2 === 0 ? [a, b] : [b, a];
  bare.push(one);
  more.push(two - one);
}
console.log(`without: median ${median(bare).toFixed(0)} ns, least ${Math.min(...bare).toFixed(0)}`);
const sorted = more.toSorted((a, b) => a - b);
const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(0);
console.log(`explain adds: median ${at(0.5)} ns, quartiles ${at(0.25)} to ${at(0.75)}`);
