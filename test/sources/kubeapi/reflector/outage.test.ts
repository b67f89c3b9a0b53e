import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../../../src/sources/kubeapi/client/api-error.ts';
import { Reflector } from '../../../../src/sources/kubeapi/reflector/reflector.ts';
import { RetryTurns } from '../../../../src/sources/kubeapi/reflector/retry-turns.ts';
import { wantedResources } from '../../../../src/sources/kubeapi/resources.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { MemoryServer } from './memory-server.ts';

const SERVICES = '/api/v1/services';
const MINUTE = 60_000;

let server: MemoryServer;
let clock: FakeClock;
let stopped: AbortController;
let reflectors: Reflector[];
/** Of Services: the cluster IP. */
let known: Map<string, string>;
let uncompared: ApiError[];

beforeEach(() => {
  server = new MemoryServer();
  clock = new FakeClock();
  stopped = new AbortController();
  known = new Map();
  uncompared = [];
  for (let at = 1; at <= 20; at++) server.put(SERVICES, `s${at}`, service(`10.96.0.${at}`));
});
afterEach(() => stopped.abort());

const service = (clusterIP: string) => ({ spec: { clusterIP, ports: [{ port: 80 }] } });

/** Everything that is followed of a cluster by default, from now on. */
async function follow(random = 0.5): Promise<void> {
  const turns = new RetryTurns(clock);
  const resources = wantedResources({
    ...{ noEndpoints: false, pods: 'disabled', labels: '', namespaceLabels: '', namespaces: [] },
    ...{ multicluster: false, gateway: undefined },
  });
  reflectors = resources.map(
    (resource) =>
      new Reflector({
        ...{ resource, client: server, clock, turns, signal: stopped.signal },
        random: () => random,
        step: () => {},
        events: {
          onChange: ({ put, gone }) => {
            for (const { name } of gone) known.delete(name);
            for (const one of put)
              if (one.kind === 'Service') known.set(one.name, one.clusterIPs[0]!);
          },
          onListed: () => {},
          onTrouble: () => {},
          onUncompared: (error) => void uncompared.push(error),
          onContact: () => {},
        },
      }),
  );
  for (const reflector of reflectors) void reflector.follow();
  await pass(100);
}

/** Time goes by; the server does what it does between two timers. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await new Promise((turn) => setImmediate(turn));
  }
}

const isFollowing = () => reflectors.map(({ isOpen }) => isOpen);
const allFollow = [true, true, true];

const status = (code: number, retryAfterMs = 0) =>
  new ApiError('status', `status ${code}`, code, retryAfterMs);

describe('Reflector after an outage of 10 minutes', () => {
  const outages: readonly [string, ApiError][] = [
    ['without connections', new ApiError('connection', 'connect ECONNREFUSED 10.96.0.1:443')],
    ['of status 500', status(500)],
    ['of status 503 and Retry-After', status(503, 1000)],
    ['of status 429 and Retry-After', status(429, 1000)],
    ['of status 401', status(401)],
    ['of replies that cannot be read', new ApiError('malformed', 'a list that is no JSON')],
  ];
  const cases = outages.flatMap(([what, error]) =>
    [0, 0.5, 1].map((random) => [what, random, error] as const),
  );

  test.for(cases)('%s knows everything within 5 s, random %f', async ([, random, error]) => {
    await follow(random);
    expect(isFollowing()).toEqual(allFollow);
    server.failure = () => error;
    server.cut();
    await pass(5 * MINUTE);
    server.remove(SERVICES, 's1');
    server.put(SERVICES, 's2', service('10.96.9.2'));
    server.put(SERVICES, 'new', service('10.96.9.1'));
    server.compacted = server.version; // as etcd is every five minutes
    await pass(5 * MINUTE);
    expect([known.size, known.get('s1'), known.get('s2')]).toEqual([20, '10.96.0.1', '10.96.0.2']);
    server.failure = undefined;
    await pass(5000);
    expect(isFollowing()).toEqual(allFollow);
    expect([known.size, known.get('s2'), known.get('new')]).toEqual([20, '10.96.9.2', '10.96.9.1']);
    expect(known.has('s1')).toBe(false);
  });

  test('asks for one resource every 2 s at most meanwhile, when the server fails them all', async () => {
    await follow();
    server.failure = () => status(500);
    server.cut();
    await pass(2 * MINUTE);
    const before = server.requests.length;
    await pass(5 * MINUTE);
    expect(server.requests.length - before).toBeLessThanOrEqual(150 + 3 * 10);
  });
});

test('Reflector leaves a resource that alone fails for long to its own back-off', async () => {
  await follow();
  server.failure = ({ path }) => (path === SERVICES ? status(500) : undefined);
  server.cut();
  await pass(16 * MINUTE);
  const before = server.asked(SERVICES, false);
  await pass(10 * MINUTE);
  expect(server.asked(SERVICES, false) - before).toBeLessThanOrEqual(21);
});

test.for([5, 50])(
  'Reflector knows within 5 s that a server has come back with another past, %i changes later',
  async (changes) => {
    await follow();
    const restore = server.snapshot();
    server.remove(SERVICES, 's1');
    server.put(SERVICES, 's2', service('10.96.9.2'));
    for (let at = 0; at < 20; at++) server.put(SERVICES, `new-${at}`, service(`10.96.8.${at}`));
    await pass(MINUTE);
    expect([known.size, known.get('s2')]).toEqual([39, '10.96.9.2']);
    server.failure = () => new ApiError('connection', 'connect ECONNREFUSED 10.96.0.1:443');
    server.cut();
    await pass(MINUTE);
    restore();
    for (let at = 0; at < changes; at++) server.put(SERVICES, 's3', service(`10.96.7.${at}`));
    server.failure = undefined;
    await pass(5000);
    expect(known.size).toBe(20);
    const own = ['s1', 's2', 's3'].map((name) => known.get(name));
    expect(own).toEqual(['10.96.0.1', '10.96.0.2', `10.96.7.${changes - 1}`]);
  },
);

describe('Reflector compares what it knows', () => {
  test.for([0, 0.5, 1])('every 5 minutes, though watches end before, random %f', async (random) => {
    await follow(random);
    await pass(MINUTE);
    server.put(SERVICES, 'lost', service('10.96.9.1'), false);
    server.put(SERVICES, 'next', service('10.96.9.2'));
    for (let minute = 0; minute < 5; minute++) {
      await pass(MINUTE - 1000);
      server.endWatches();
    }
    await pass(5000);
    expect(known.get('lost')).toBe('10.96.9.1');
  });

  test('and twice where something is newer than all that was heard: it may be on its way', async () => {
    await follow();
    await pass(MINUTE);
    const before = server.asked(SERVICES, false);
    server.remove(SERVICES, 's1', false);
    server.put(SERVICES, 's2', service('10.96.9.2'), false);
    await pass(5 * MINUTE);
    expect(known.has('s1')).toBe(false);
    expect(known.get('s2')).toBe('10.96.9.2');
    expect(server.asked(SERVICES, false) - before).toBe(2);
  });

  test('twice only, where there is always something on its way', async () => {
    await follow();
    await pass(MINUTE);
    const before = server.asked(SERVICES, false);
    for (let second = 0; second < 300; second++) {
      server.remove('/api/v1/pods', 'of-other-kind', false); // versions go up
      server.put(SERVICES, `late-${second}`, service('10.96.9.2'), false);
      await pass(1000);
      server.tell(SERVICES, `late-${second}`);
    }
    expect(server.asked(SERVICES, false) - before).toBe(2);
    expect(server.asked(SERVICES, true)).toBe(1);
  });

  test('and says once that it may not, within a minute', async () => {
    server.failure = ({ path, query }) =>
      path === SERVICES && query['watch'] !== 'true' ? status(403) : undefined;
    await follow();
    await pass(MINUTE);
    expect(uncompared.map(({ status }) => status)).toEqual([403]);
    expect(isFollowing()).toEqual(allFollow);
    await pass(10 * MINUTE);
    expect(uncompared).toHaveLength(1);
  });
});
