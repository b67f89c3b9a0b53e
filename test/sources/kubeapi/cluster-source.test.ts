import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ClusterSettings,
  ClusterSource,
} from '../../../src/sources/kubeapi/cluster-source.ts';
import type { SourceChange, SourceMeasure } from '../../../src/sources/source.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Asked, FakeApiServer, reply } from '../../helpers/fake-api-server.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const NAMESPACES = '/api/v1/namespaces';

const service = (clusterIP: string) => ({ spec: { clusterIP, ports: [{ port: 80 }] } });

let api: FakeApiServer;
let clock: FakeClock;
let source: ClusterSource;
let objects: Map<string, string>;
let changes: SourceChange[];
let logged: string[];
let measures: SourceMeasure[];
let stale: (number | undefined)[];

beforeEach(async () => {
  api = new FakeApiServer();
  clock = new FakeClock();
  objects = new Map();
  changes = [];
  logged = [];
  measures = [];
  stale = [];
  await api.start();
  api.put(NAMESPACES, '', 'shop');
  api.put(SERVICES, 'shop', 'web', service('10.96.0.1'));
});
afterEach(async () => {
  await source.stop();
  await api.stop();
});

function make(own: Partial<ClusterSettings> = {}): ClusterSource {
  const settings: ClusterSettings = {
    access: { by: 'endpoint', server: api.url, tls: undefined },
    limits: { qps: 1000, burst: 1000, maxInFlight: 0 },
    startupTimeoutMs: 5000,
    wanted: {
      noEndpoints: false,
      pods: 'disabled',
      labels: '',
      namespaceLabels: '',
      namespaces: [],
      multicluster: false,
      gateway: undefined,
    },
    follow: true,
    staleSeconds: 60,
    ...own,
  };
  const world = {
    clock,
    env: {},
    readText: () => '',
    random: () => 0.5,
    unixMs: () => clock.wallSeconds() * 1000,
    run: () => Promise.reject(new Error('no programs here')),
  };
  source = new ClusterSource(settings, world, {
    onChange: (change) => {
      changes.push(change);
      for (const { kind, namespace, name } of change.gone) {
        objects.delete(`${kind} ${namespace}/${name}`);
      }
      for (const object of change.put) {
        const { kind, namespace, name } = object;
        const what = object.kind === 'Service' ? object.clusterIPs.join() : '';
        objects.set(`${kind} ${namespace}/${name}`, what);
      }
    },
    onWarning: (text) => void logged.push(text),
    onMeasure: (measure) => void measures.push(measure),
    onStale: (asOf) => void stale.push(asOf),
  });
  return source;
}

/** Time goes on while the network does its part. */
const soon = (check: () => void) =>
  eventually(() => {
    clock.advance(500);
    check();
  });

const isSynced = () => expect(changes.at(-1)?.isSynced).toBe(true);
const watches = () => [NAMESPACES, SERVICES, SLICES].map((path) => api.watches(path));

async function synced(own: Partial<ClusterSettings> = {}): Promise<void> {
  void make(own).start();
  await soon(isSynced);
  await soon(() => expect(watches()).toEqual([1, 1, 1]));
}

/** Whatever has happened, in the end everything is known as it is. */
async function followsAgain(): Promise<void> {
  api.put(SERVICES, 'shop', 'late', service('10.96.0.99'));
  await soon(() => expect(objects.get('Service shop/late')).toBe('10.96.0.99'));
}

describe('ClusterSource', () => {
  test.each([
    ['a streaming list', true],
    ['pages', false],
    ['pages, where etcd is too old for streams', 'without progress' as const],
  ])('delivers everything as one change, from %s', async (_, canStream) => {
    api.canStream = canStream;
    for (let at = 0; at < 1200; at++)
      api.put(SERVICES, 'shop', `s${at}`, service(`10.97.${at >> 8}.${at & 255}`));
    await synced();
    expect(changes.map(({ isSynced, put }) => [isSynced, put.length])).toEqual([
      [false, 0],
      [true, 1202],
    ]);
    const pages = api.requests.filter((url) => url.startsWith(`${SERVICES}?limit=500`));
    expect(pages).toHaveLength(canStream === true ? 0 : 3);
    const { origin } = changes[1]?.put.find(({ name }) => name === 'web') ?? {};
    expect(origin).toMatchObject({ file: 'Service shop/web', resourceVersion: '102', line: 0 });
  });

  test('follows what is made, changed and deleted', async () => {
    await synced();
    api.put(SERVICES, 'shop', 'api', service('10.96.0.2'));
    api.put(SERVICES, 'shop', 'web', service('10.96.0.7'));
    await soon(() => expect(objects.get('Service shop/web')).toBe('10.96.0.7'));
    expect(objects.get('Service shop/api')).toBe('10.96.0.2');
    api.remove(SERVICES, 'shop', 'web');
    await soon(() => expect(objects.has('Service shop/web')).toBe(false));
  });

  test('delivers nothing for an object that DNS sees no change in', async () => {
    await synced();
    api.put(SERVICES, 'shop', 'web', { ...service('10.96.0.1'), metadata: { generation: 7 } });
    await followsAgain();
    expect(changes.slice(2).flatMap(({ put }) => put.map(({ name }) => name))).toEqual(['late']);
  });

  test('asks the server for what it wants only', async () => {
    await synced({
      wanted: {
        noEndpoints: false,
        pods: 'disabled',
        labels: 'tier=web',
        namespaceLabels: 'dns=yes',
        namespaces: [],
        multicluster: false,
        gateway: undefined,
      },
    });
    expect(api.requests.every((url) => /labelSelector=(tier%3Dweb|dns%3Dyes)/.test(url))).toBe(
      true,
    );
  });

  const answer =
    (status: number, body: object = { code: status, message: 'no' }, headers = {}) =>
    ({ response }: Asked) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, `${value}`);
      reply(response, status, body);
      return true;
    };
  const onceFor = (path: string, what: (asked: Asked) => boolean, times = 1) => {
    let left = times;
    return (asked: Asked) => asked.url.pathname === path && left-- > 0 && what(asked);
  };
  const half = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'half' } } }).slice(
    0,
    30,
  );
  const gone = { type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } };
  const odd = { type: 'MODIFIED', object: { metadata: {} } };

  /** All connections are cut, and then this happens to requests. */
  const cutAnd = (fault: FakeApiServer['fault']) => () => {
    api.fault = fault;
    api.cut();
  };
  const cutEverywhere = (): FakeApiServer['fault'] => {
    const metadata = { name: 'cut', namespace: 'shop', resourceVersion: '200' };
    const text = JSON.stringify({ type: 'ADDED', object: { ...service('10.96.0.5'), metadata } });
    let at = 0;
    return ({ url, isWatch, response }) => {
      if (url.pathname !== SERVICES || !isWatch || at >= text.length) return false;
      at += 9;
      response.writeHead(200);
      response.write(text.slice(0, at));
      setImmediate(() => response.socket?.destroy());
      return true;
    };
  };

  test.each<[string, () => void]>([
    ['a cut connection', () => api.cut()],
    ['a watch that ends', () => api.cut('end')],
    [
      'half an object',
      () => {
        api.write(SERVICES, half);
        api.cut();
      },
    ],
    ['an object that is none', () => api.write(SERVICES, `${JSON.stringify(odd)}\n`)],
    ['no JSON', () => api.write(SERVICES, '<html>\n')],
    ['410 in the body', () => api.write(SERVICES, `${JSON.stringify(gone)}\n`)],
    [
      '410 as status',
      () => {
        api.compacted = 1_000_000;
        api.cut();
      },
    ],
    ['bookmarks only', () => api.bookmark(SERVICES)],
    [
      'a version that goes back',
      () => {
        api.version = 50;
        api.cut();
      },
    ],
    ['500', cutAnd(onceFor(SERVICES, answer(500), 3))],
    ['503 with Retry-After', cutAnd(onceFor(SERVICES, answer(503, {}, { 'retry-after': 5 })))],
    ['429', cutAnd(onceFor(SERVICES, answer(429), 2))],
    ['a list that is no list', cutAnd(onceFor(SERVICES, answer(200, {})))],
    ['cuts within an event', cutAnd(cutEverywhere())],
  ])('follows again after %s', async (_, fault) => {
    await synced();
    fault();
    await followsAgain();
    expect(objects.get('Service shop/web')).toBe('10.96.0.1');
    expect(objects.has('Service shop/cut')).toBe(false);
  });

  test('takes an event that comes twice once, and reads the list after swapped ones', async () => {
    await synced();
    const event = (ip: string, resourceVersion: string) =>
      `${JSON.stringify({ type: 'MODIFIED', object: { ...service(ip), metadata: { name: 'web', namespace: 'shop', resourceVersion } } })}\n`;
    const before = changes.length;
    api.silently(() => api.put(SERVICES, 'shop', 'web', service('10.96.0.8')));
    const newest = event('10.96.0.8', `${api.version}`);
    api.write(SERVICES, newest + newest);
    await soon(() => expect(objects.get('Service shop/web')).toBe('10.96.0.8'));
    expect(changes).toHaveLength(before + 1);
    api.write(SERVICES, event('10.96.0.66', '101'));
    await followsAgain();
    expect(objects.get('Service shop/web')).toBe('10.96.0.8');
  });

  test('finds out within 5 minutes what no event has told', async () => {
    await synced();
    api.silently(() => {
      api.remove(SERVICES, 'shop', 'web');
      api.put(SERVICES, 'shop', 'lost', service('10.96.0.4'));
    });
    api.bookmark(SERVICES);
    const before = api.requests.length;
    await soon(() => expect(watches()).toEqual([1, 1, 1]));
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(60_000);
      api.bookmark(SERVICES);
      await new Promise((go) => setTimeout(go, 20));
    }
    await soon(() => expect([...objects.keys()]).toContain('Service shop/lost'));
    expect(objects.has('Service shop/web')).toBe(false);
    expect(api.requests.slice(before).some((url) => url.startsWith(SERVICES))).toBe(true);
  });

  test('believes a list that lacks most Services only when the next one does too', async () => {
    for (let at = 0; at < 30; at++) api.put(SERVICES, 'shop', `s${at}`, service(`10.97.0.${at}`));
    await synced();
    let lists = 0;
    api.fault = ({ url, isWatch, response }) => {
      if (url.pathname !== SERVICES || isWatch || lists++ > 0) return false;
      reply(response, 200, { metadata: { resourceVersion: '999' }, items: [] });
      return true;
    };
    api.canStream = false;
    api.write(SERVICES, `${JSON.stringify(gone)}\n`);
    await followsAgain();
    expect(changes.flatMap((change) => change.gone)).toEqual([]);
    expect(logged.join()).toContain('the list has 0 objects, and there were 31');
    api.silently(() => {
      for (let at = 0; at < 30; at++) api.remove(SERVICES, 'shop', `s${at}`);
    });
    api.write(SERVICES, `${JSON.stringify(gone)}\n`);
    await soon(() => expect(objects.has('Service shop/s0')).toBe(false));
  });

  test('serves what it knows in an outage, says so every minute, and calls it stale', async () => {
    await synced();
    const { url } = api;
    api.fault = ({ response }) => Boolean(response.socket?.destroy());
    api.cut();
    await soon(() => expect(logged[0]).toContain('Cannot read'));
    const since = clock.wallSeconds();
    for (let second = 0; second < 190; second++) {
      clock.advance(1000);
      await new Promise((go) => setImmediate(go));
    }
    expect(changes.flatMap((change) => change.gone)).toEqual([]);
    expect(
      logged.filter((line) => line.startsWith(`${url}: answering from what was known`)),
    ).toHaveLength(3);
    expect(stale).toHaveLength(1);
    expect(Math.abs((stale[0] ?? 0) - since)).toBeLessThan(5);
    api.fault = () => false;
    await followsAgain();
    await soon(() => expect(stale.at(-1)).toBeUndefined());
    expect(logged.at(-1)).toContain('followed again after');
  });

  test('names the verb, the resource and the line to add when it may not read', async () => {
    api.fault = ({ url, response }) => {
      if (url.pathname !== SLICES) return false;
      reply(response, 403, { code: 403, message: 'endpointslices.discovery.k8s.io is forbidden' });
      return true;
    };
    void make().start();
    await soon(() => expect(logged).toHaveLength(1));
    expect(logged[0]).toBe(
      `${api.url}: Cannot read endpointslices: status 403: endpointslices.discovery.k8s.io is forbidden: add to the rules of its ClusterRole {apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"]}; trying again`,
    );
    expect(changes.at(-1)?.isSynced).toBe(false);
  });

  test('reads everything once for a command, or says why not', async () => {
    const done = make({ follow: false }).start();
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    await soon(() => expect(isDone).toBe(true));
    expect(objects.size).toBe(2);
    expect(watches()).toEqual([0, 0, 0]);
    expect(source.report().problems).toEqual([]);
    await source.stop();
    api.fault = answer(401, { code: 401, message: 'Unauthorized' });
    void make({ follow: false }).start();
    await soon(() => expect(source.report().problems).toHaveLength(3));
    expect(source.report().problems.map(({ message }) => message)).toContain(
      'Cannot read namespaces: status 401: Unauthorized: expected other credentials',
    );
  });

  test('measures its requests and what it follows', async () => {
    await synced();
    await soon(() => {
      const last = measures.findLast(({ kind }) => kind === 'followed');
      expect(last).toMatchObject({
        resources: [
          { kind: 'Namespace', objects: 1, lists: 1, watches: 1 },
          { kind: 'Service' },
          { kind: 'EndpointSlice', objects: 0 },
        ],
      });
    });
    const host = api.url.replace('http://', '');
    expect(measures).toContainEqual(
      expect.objectContaining({ kind: 'request', host, code: '200' }),
    );
  });
});
