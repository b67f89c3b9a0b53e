// What the parts of the server cost by themselves, in one thread without sockets: see README.md.
import { Controllers } from '../src/controllers/controllers.ts';
import { newView } from '../src/controllers/view-change.ts';
import { Rcode } from '../src/dns/codes.ts';
import { MIN_UDP_PAYLOAD_BYTES } from '../src/dns/edns.ts';
import { readQuery } from '../src/dns/intake.ts';
import type { NamespaceView } from '../src/kube/objects.ts';
import { Metrics } from '../src/observe/metrics.ts';
import { writePrepared } from '../src/server/answer/reply.ts';
import { Askers } from '../src/server/askers/askers.ts';
import { parseManifest } from '../src/sources/folder/parse/parse.ts';
import { systemClock } from '../src/support/clock.ts';
import { bufferedRandom, randomIndexFrom } from '../src/support/random.ts';
import { ClusterRule } from '../src/zone/cluster.ts';
import { NameCompiler } from '../src/zone/compiler.ts';
import { AnswerView } from '../src/zone/packed-name.ts';
import { viewChanges } from '../test/controllers/view-changes.ts';
import { arrived } from '../test/helpers/arrived.ts';
import { InProcessServer, ZONE_OPTIONS } from '../test/helpers/in-process.ts';
import { encodeQuery } from '../test/helpers/query.ts';
import { Manifests } from '../test/registry/load-text.ts';
import { measureChanges } from './changes.ts';
import { dump } from './dump.ts';
import { Misses } from './misses.ts';
import { spreadOf } from './statistics.ts';
import { questionsOf } from './workload.ts';

const SERVICES = 10_000;
const RUNS = 7;
/** Calls in a run of what takes less than a microsecond. */
const CALLS = 300_000;
const MISSES = 10_000;

const text = dump({ services: SERVICES, endpoints: 0, form: 'documents' });
const bytes = new TextEncoder().encode(text);
const views = viewsOf(text);
const server = new InProcessServer().load(views);
const output = Buffer.alloc(65_535);
const hits = queries('hit');
const pods = queries('pod');
const asked = hits.map((query) => {
  readQuery(query);
  return Object.assign(query, { replyLimit: MIN_UDP_PAYLOAD_BYTES });
});

function viewsOf(manifests: string): NamespaceView[] {
  const loaded = new Manifests();
  const controllers = new Controllers(ZONE_OPTIONS);
  viewChanges(controllers, loaded.registry, loaded.deltas([['all.yaml', manifests]]));
  return [...controllers.views.values()];
}

function queries(mix: 'hit' | 'pod') {
  return questionsOf(mix, SERVICES).map(({ name, type }) => {
    const peer = { address: '127.0.0.1', port: 40_000 };
    return arrived(encodeQuery(`${name}.`, type), { peer });
  });
}

/** CPU time of one of `count` operations, the least and the median of some runs; ns. */
function measure(name: string, count: number, operations: () => void): void {
  show(
    name,
    Array.from({ length: RUNS }, () => {
      const before = process.cpuUsage();
      operations();
      return sinceThen(before) / count;
    }),
  );
}

/** The same of operations that take turns of the event loop. */
async function measureTurns(name: string, count: number, operations: () => Promise<void>) {
  const each: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    await operations();
    each.push(sinceThen(before) / count);
  }
  show(name, each);
}

function sinceThen(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

function show(name: string, each: readonly number[]): void {
  const { least, median } = spreadOf(each);
  const text = (ns: number) =>
    ns < 10_000 ? `${ns.toFixed(0)} ns` : `${(ns / 1e3).toFixed(1)} µs`;
  console.log(`| ${name} | ${text(median)} | ${text(least)} |`);
}

function each<Item>(items: readonly Item[], operation: (item: Item) => void): () => void {
  return () => {
    for (let call = 0; call < CALLS; call++) operation(items[call % items.length]!);
  };
}

console.log(`Node.js ${process.version}, ${SERVICES} Services, CPU time\n`);
console.log('| | median | least |\n|---|---|---|');
measure('intake: a query read', CALLS, each(hits, readQuery));
measure(
  'find: a name looked up',
  CALLS,
  each(asked, ({ key, sum }) => server.live.get(key, sum)),
);
const view = new AnswerView();
const zoneLength = server.live.zones[0]!.key.length;
measure(
  'write: found, and the reply written',
  CALLS,
  each(asked, (query) => {
    view.first(server.live.get(query.key, query.sum)!);
    writePrepared(query, output, view, zoneLength);
  }),
);
measure(
  'hit: the whole way',
  CALLS,
  each(hits, (query) => server.exchange.answer(query, output)),
);
measure(
  'pod: the whole way',
  CALLS,
  each(pods, (query) => server.exchange.answer(query, output)),
);
let now = systemClock.now();
const askers = new Askers({
  clock: systemClock,
  metrics: new Metrics(),
  random: randomIndexFrom(bufferedRandom()),
  zones: () => [server.live],
});
measure(
  'askers: a reply to a hit, in an account of who asks what',
  CALLS,
  each(asked, (query) => {
    query.receivedAt = now;
    now += 0.01; // 100,000 a second
    askers.replied(query, Rcode.NOERROR);
  }),
);
measure(
  'the same of a name that does not exist',
  CALLS,
  each(asked, (query) => {
    query.receivedAt = now;
    now += 0.01;
    askers.replied(query, Rcode.NXDOMAIN);
  }),
);
measure(
  'the same when each query is looked at',
  CALLS,
  each(asked, (query) => {
    query.receivedAt = now;
    now += 10; // 100 a second
    askers.replied(query, Rcode.NXDOMAIN);
  }),
);
const misses = new Misses();
await misses.ask(3 * MISSES);
await measureTurns('forwarded miss: the whole way', MISSES, () => misses.ask(MISSES));
measure('compile: a Service to names', SERVICES, () => {
  new NameCompiler(new ClusterRule(ZONE_OPTIONS)).update({
    views: views.map(newView),
    gone: [],
    serverAddresses: ['192.0.2.53'],
  });
});
measure('parse: a Service of kubectl, read', SERVICES, () => parseManifest('all.yaml', bytes));
measureChanges(measure);
