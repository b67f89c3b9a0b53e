import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServerOptions, SettingsError, serverFrom } from '../../src/app/library.ts';
import type { App, AppOptions } from '../../src/app.ts';
import type { Settings } from '../../src/config/settings.ts';
import { SUMMARY } from '../control/thread/fake-thread.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// What options come to, and what is made of the running server. test/e2e/server.test.ts asks a real
// one.

const world = {
  started: [] as { settings: Settings; options: AppOptions }[],
  app: undefined as unknown as App,
};

const startServer = (options: ServerOptions) =>
  serverFrom(options, async (settings, given) => {
    world.started.push({ settings, options: given });
    return world.app;
  });

let folder: TempFolder;
let closed: number;
let isSynced: boolean;
let sync: () => void;

beforeEach(() => {
  folder = new TempFolder();
  world.started = [];
  closed = 0;
  isSynced = false;
  const synced = new Promise<void>((resolve) => {
    sync = () => {
      isSynced = true;
      resolve();
    };
  });
  world.app = {
    addresses: [
      { address: '127.0.0.1', port: 5301 },
      { address: '::1', port: 5302 },
    ],
    admin: undefined,
    leadingBack: [],
    explain: () => Promise.reject(new Error('nobody asks')),
    transport: { name: 'native', threads: 1 },
    get loaded() {
      const { blocks } = world.started[0]!.settings;
      return blocks.flatMap(({ kubernetes }) =>
        kubernetes === undefined ? [] : [{ source: kubernetes, summary: { ...SUMMARY, names: 7 } }],
      );
    },
    whenSynced: async () => {
      await synced;
      return [];
    },
    reload: async () => [],
    close: async () => void closed++,
  };
});

afterEach(() => folder.dispose());

/** The settings that options come to. */
async function settingsOf(options: ServerOptions = {}): Promise<Settings> {
  sync();
  await startServer({ manifests: folder.path, ...options });
  return world.started[0]!.settings;
}

const zoneOf = ({ blocks }: Settings) => blocks.find((one) => one.kubernetes)?.kubernetes?.zone;

async function faults(options: object): Promise<string[]> {
  const error = await startServer(options as ServerOptions).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SettingsError);
  expect(world.started).toEqual([]);
  return (error as SettingsError).message.split('\n');
}

test.for([
  [null, 'null'],
  ['k8s', 'a string'],
  [['k8s'], 'a list'],
] as const)('serverFrom() says of %j what it expects', async ([options, what]) => {
  expect(await faults(options as never)).toEqual([
    `options: error: Found ${what} as options: expected an object, as in { manifests: 'k8s' } [CONFIG_OPTIONS]`,
  ]);
});

describe('serverFrom() makes of', () => {
  test('no options: loopback, any port, no admin server, nothing forwarded, nothing kept', async () => {
    const settings = await settingsOf();
    expect(settings).toMatchObject({
      admin: [],
      options: { state: undefined, watch: true, rescanSeconds: 30 },
    });
    expect(settings.blocks.map(({ listen }) => listen)).toMatchObject([
      [{ address: '127.0.0.1', port: 0 }],
    ]);
    const names = settings.blocks[0]?.block.directives.map(({ name }) => name);
    expect(names).toContain('kubernetes');
    expect(names).not.toContain('loadbalance');
    expect(names).not.toContain('forward');
    expect(zoneOf(settings)).toMatchObject({
      ttl: 5,
      pods: 'insecure',
      zones: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
    });
  });

  test.for([
    [{ ttl: 0 }, { ttl: 0 }],
    [{ ttl: 3600 }, { ttl: 3600 }],
    [{ pods: 'verified' }, { pods: 'verified' }],
    [{ zone: ['A.Org.', 'b.org'] }, { zones: ['a.org', 'b.org', 'in-addr.arpa', 'ip6.arpa'] }],
    [{ zone: ['a.org', '10.0.0.0/8'] }, { zones: ['a.org', '10.in-addr.arpa'] }],
    [
      { workloads: 'simulate' },
      { simulatedPods: { ipv4: '10.244.0.0/16', ipv6: 'fd00:10:244::/108' } },
    ],
    [
      { clusterip: 'endpoints', endpoints: 'dns' },
      { clusterIpEndpoints: true, endpointsDns: true },
    ],
    [{ serviceRange: '10.0.0.0/16' }, { serviceRanges: { ipv4: '10.0.0.0/16', ipv6: undefined } }],
    [{ external: 'a.org' }, { external: { zones: ['a.org'] } }],
    [{ gateway: 'a.org' }, { gateway: { zones: ['a.org'] } }],
  ] satisfies [ServerOptions, object][])('%o: names so', async ([options, zone]) => {
    expect(zoneOf(await settingsOf(options))).toMatchObject(zone);
  });

  test.for([
    [{ watch: false }, { options: { watch: false } }],
    [{ rescanSeconds: 0.1 }, { options: { rescanSeconds: 0.1 } }],
    [{ admin: '127.0.0.1:9153' }, { admin: [{ address: '127.0.0.1', port: 9153 }] }],
  ] satisfies [ServerOptions, object][])('%o: a server so', async ([options, expected]) => {
    expect(await settingsOf(options)).toMatchObject(expected);
  });

  test('several addresses, folders and upstreams: all of them', async () => {
    const settings = await settingsOf({
      manifests: [folder.folder('a'), folder.folder('b')],
      listen: ['127.0.0.1:5301', '127.0.0.2:5302'],
      forward: ['192.0.2.1', '192.0.2.2'],
    });
    const [block] = settings.blocks;
    expect(block?.kubernetes?.manifests).toEqual([folder.at('a'), folder.at('b')]);
    expect(block?.listen).toMatchObject([{ port: 5301 }, { port: 5302 }]);
    const forward = block?.block.directives.find(({ name }) => name === 'forward');
    expect(forward?.args.map(({ text }) => text)).toEqual(['.', '192.0.2.1', '192.0.2.2']);
  });

  test('a Corefile: what it says, in its own order', async () => {
    const config = folder.write(
      'Corefile',
      'a.org:5301 {\n  bind 127.0.0.1\n  loadbalance\n  kubernetes {\n    manifests .\n    ttl 9\n  }\n}\n',
    );
    sync();
    await startServer({ config });
    const { blocks } = world.started[0]!.settings;
    expect(blocks[0]?.block.directives.map(({ name }) => name)).toContain('loadbalance');
    expect(blocks[0]?.kubernetes?.zone.ttl).toBe(9);
  });

  test.for([
    [undefined, 'silent'],
    ['debug', 'debug'],
  ] as const)('log level %s: a log that says %s', async ([logLevel, level]) => {
    sync();
    await startServer({ manifests: folder.path, ...(logLevel && { logLevel }) });
    expect(world.started[0]?.options.log.level).toBe(level);
  });
});

describe('serverFrom() refuses, before anything runs,', () => {
  test.for([
    [
      { ttl: -1 },
      "ttl: error: Cannot use '-1': expected a whole number from 0 to 3600 [CONFIG_TTL]",
    ],
    [
      { ttl: 3601 },
      "ttl: error: Cannot use '3601': expected a whole number from 0 to 3600 [CONFIG_TTL]",
    ],
    [
      { ttl: 1.5 },
      "ttl: error: Cannot use '1.5': expected a whole number from 0 to 3600 [CONFIG_TTL]",
    ],
    [
      { rescanSeconds: 0 },
      "rescanSeconds: error: Cannot rescan every '0': expected seconds, 0.1 to 86400 [CONFIG_RESCAN]",
    ],
    [
      { pods: 'all' },
      "pods: error: Cannot use 'all': expected disabled, insecure or verified [CONFIG_PODS]",
    ],
    [
      { manifests: [] },
      'manifests: error: Cannot use an empty list for manifests: expected text [CONFIG_OPTION]',
    ],
    [
      { forward: [] },
      'forward: error: Cannot use an empty list for forward: expected text [CONFIG_OPTION]',
    ],
    [{ zone: [] }, 'zone: error: Cannot use an empty list for zone: expected text [CONFIG_OPTION]'],
    [
      { zone: ['a..b'] },
      expect.stringMatching(/^zone: error: Cannot use 'a\.\.b' as a zone: .* \[CONFIG_ZONE\]$/),
    ],
    [{ tll: 5 }, "tll: error: Unknown option 'tll': did you mean 'ttl'? [CONFIG_UNKNOWN_OPTION]"],
    [
      { namespaces: ['shop'] },
      "namespaces: error: Unknown option 'namespaces': expected it in a Corefile, behind config:, as in kubernetes … { namespaces … } [CONFIG_UNKNOWN_OPTION]",
    ],
    [
      { logOnly: true },
      "logOnly: error: Unknown option 'logOnly': expected it in a Corefile, behind config:, as in ratelimit … { log-only … } [CONFIG_UNKNOWN_OPTION]",
    ],
    [
      { workloads: 'on' },
      "workloads: error: Cannot use 'on': expected simulate or simulate=CIDR [CONFIG_WORKLOADS]",
    ],
    [
      { host: 'a.org' },
      "host: error: Cannot use 'a.org': expected NAME=IP, as in registry.example.com=192.0.2.7 [CONFIG_HOST]",
    ],
    [{ log: 1 }, "log: error: Cannot use '1': expected on or off [CONFIG_LOG]"],
    [{ watch: 'no' }, "watch: error: Cannot use 'no': expected on or off [CONFIG_WATCH]"],
    [{ samples: 'no' }, "samples: error: Cannot use 'no': expected on or off [CONFIG_SAMPLES]"],
    [
      { watch: [] },
      'watch: error: Cannot use an empty list for watch: expected text [CONFIG_OPTION]',
    ],
    [
      { watch: null },
      'watch: error: Cannot use a value of type object for watch: expected text [CONFIG_OPTION]',
    ],
    [
      { zones: 'a' },
      "zones: error: Unknown option 'zones': did you mean 'zone'? [CONFIG_UNKNOWN_OPTION]",
    ],
    [
      { manifests: '/nowhere/at/all' },
      "manifests: error: Cannot find '/nowhere/at/all': there is no such file or folder [CONFIG_MANIFESTS]",
    ],
    [{ listen: 'x' }, expect.stringContaining('error: ')],
    [{ config: '/nowhere/Corefile' }, expect.stringContaining('[COREFILE_UNREADABLE]')],
  ] satisfies [object, unknown][])('%o', async ([options, expected]) => {
    expect(await faults(options)).toEqual([expected]);
  });

  test('all that is wrong at once', async () => {
    expect(await faults({ ttl: -1, pods: 'all', zone: [] })).toHaveLength(3);
  });
});

describe('the Server that serverFrom() resolves to', () => {
  test('is there once everything has been read', async () => {
    let isThere = false;
    const starting = startServer({ manifests: folder.path }).then((server) => {
      isThere = true;
      return server;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([isThere, isSynced, world.started.length]).toEqual([false, false, 1]);
    sync();
    const server = await starting;
    expect(server.address).toEqual({ address: '127.0.0.1', port: 5301 });
    expect(server.addresses).toHaveLength(2);
    expect(server.summary).toMatchObject({ files: 1, names: 7 });
    expect(closed).toBe(0);
    await server.close();
    expect(closed).toBe(1);
  });
});
