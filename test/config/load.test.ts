import { readFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { manifestsOf, nameSources } from '../../src/config/name-sources.ts';
import type { CommandLineOptions } from '../../src/config/options.ts';
import { DEFAULT_ZONE, DEFAULTS, type Settings } from '../../src/config/settings.ts';
import { addressAndPort } from '../../src/dns/address.ts';
import type { Tools } from '../../src/sources/folder/render/tools.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { told } from '../corefile/notation.ts';

const BUILT_IN = readFileSync(new URL('../../Corefile', import.meta.url), 'utf8');
const KUBEADM = readFileSync(new URL('../fixtures/corefiles/kubeadm', import.meta.url), 'utf8');

interface World {
  readonly options?: CommandLineOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | null>>;
}

/** Loads in /here with the built-in Corefile in /pkg; `/here/Corefile` is there when given. */
function load({ options = {}, env = {}, files = {} }: World) {
  return loadSettings({
    options,
    env,
    cwd: '/here',
    packageRoot: '/pkg',
    files: memoryFiles({ '/pkg/Corefile': BUILT_IN, '/here/zones': null, ...files }),
    interfaces: {
      eth0: [nic('10.0.0.5'), nic('fe80::1')],
      lo: [nic('127.0.0.1')],
    },
  });
}

function nic(address: string): NetworkInterfaceInfo {
  const shared = { address, netmask: '', mac: '', internal: false, cidr: null };
  return address.includes(':')
    ? { ...shared, family: 'IPv6', scopeid: 2 }
    : { ...shared, family: 'IPv4' };
}

/** Loads a Corefile of the user. */
function withCorefile(text: string, world: World = {}) {
  const files = { ...world.files, '/here/conf/Corefile': text };
  return load({ ...world, options: { config: 'conf/Corefile', ...world.options }, files });
}

function mustLoad(result: ReturnType<typeof load>): Settings {
  expect(told(result.problems).filter((text) => text.includes('error'))).toEqual([]);
  return result.settings!;
}

const sockets = (settings: Settings) => settings.listen.map(addressAndPort).join(' ');

describe('loadSettings without options', () => {
  test('gives exactly the defaults from the built-in Corefile, without a word', () => {
    const result = load({});
    expect(told(result.problems)).toEqual([]);
    const { corefile, blocks, workingFolder, ...rest } = result.settings!;
    expect(rest).toEqual(DEFAULTS);
    expect(workingFolder).toBe('/here');
    expect(blocks.map(({ listen }) => listen)).toEqual([DEFAULTS.listen]);
    expect(blocks[0]?.kubernetes?.zone).toEqual(DEFAULT_ZONE);
    expect(manifestsOf(result.settings!)).toEqual(['/here/zones']);
    expect(corefile).toMatchObject({ file: '/pkg/Corefile', isBuiltIn: true });
  });

  test('works on the real disk, from the root of the repository', () => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
    const result = loadSettings({ options: {}, env: {}, cwd });
    expect(told(result.problems)).toEqual([]);
    expect(manifestsOf(result.settings!)).toEqual([`${cwd}/zones`]);
    expect(result.settings?.corefile.file).toBe('Corefile');
  });

  test('freezes the result through and through', () => {
    const settings = mustLoad(load({}));
    expect(Object.isFrozen(settings)).toBe(true);
    const { zone } = settings.blocks[0]!.kubernetes!;
    expect(() => (zone.zones as string[]).push('x')).toThrow(TypeError);
    expect(() => Object.assign(settings.listen[0]!, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(settings.corefile.blocks[0]!.directives[0]!, { name: '' })).toThrow(
      TypeError,
    );
  });
});

describe('loadSettings with the built-in Corefile', () => {
  const listen: [name: string, world: World, sockets: string][] = [
    [
      '--listen instead of the default',
      { options: { listen: ['0.0.0.0:53', '[::1]:54'] } },
      '0.0.0.0:53 [::1]:54',
    ],
    [
      '--listen without a port at the default port',
      { options: { listen: ['10.0.0.1'] } },
      '10.0.0.1:1053',
    ],
    ['the same --listen twice once', { options: { listen: [':53', '53'] } }, ':53'],
    [
      'SVCDNS_LISTEN',
      { env: { SVCDNS_LISTEN: ':53, [fe80::1%eth0]:53' } },
      ':53 [fe80::1%eth0]:53',
    ],
    [
      '--listen over SVCDNS_LISTEN',
      { options: { listen: [':1'] }, env: { SVCDNS_LISTEN: ':2' } },
      ':1',
    ],
    [
      'an empty SVCDNS_LISTEN as unset',
      { env: { SVCDNS_LISTEN: '' } },
      '127.0.0.1:1053 [::1]:1053',
    ],
    [
      '-dns.port over the port in SVCDNS_LISTEN, which the image sets',
      { options: { dnsPort: '5353' }, env: { SVCDNS_LISTEN: ':53' } },
      ':5353',
    ],
    [
      '-dns.port on the default addresses',
      { options: { dnsPort: '5353' } },
      '127.0.0.1:5353 [::1]:5353',
    ],
    [
      '-dns.port and a --listen without one',
      { options: { dnsPort: '5', listen: ['10.0.0.1', ':9'] } },
      '10.0.0.1:5 :9',
    ],
  ];
  test.for(listen)('listens on %s', ([, world, expected]) => {
    expect(sockets(mustLoad(load(world)))).toBe(expected);
  });

  test('only ::1 of the default is optional', () => {
    expect(mustLoad(load({})).listen.map(({ optional }) => optional)).toEqual([undefined, true]);
    expect(
      mustLoad(load({ options: { listen: ['[::1]:53'] } })).listen[0]?.optional,
    ).toBeUndefined();
  });

  const OBJECT = 'apiVersion: v1\nkind: Service\n';
  test.for([
    [{}, ': expected a folder or file of manifests'],
    [
      {
        '/here/k8s/web.yaml': OBJECT,
        '/here/k8s': null,
        '/here/package.json': '{}',
        '/here/node_modules/x/a.yaml': OBJECT,
        '/here/node_modules': null,
        '/here/node_modules/x': null,
        '/here/deploy': null,
        '/here/deploy/base': null,
        '/here/deploy/base/A.YML': OBJECT,
      },
      ': found some in k8s, deploy/base: expected one of these',
    ],
  ] as const)('refuses to serve the samples unasked beside %o', ([files, found]) => {
    const texts = { '/pkg/Corefile': BUILT_IN, '/pkg/zones': null, ...files };
    const input = { env: {}, cwd: '/here', packageRoot: '/pkg', files: memoryFiles(texts) };
    expect(told(loadSettings({ ...input, options: {} }).problems)).toEqual([
      `zones: error: No manifests are named, and there is no such folder here${found}, or --samples for those of svcdns [CONFIG_NO_MANIFESTS]`,
    ]);
    const samples = loadSettings({ ...input, options: { samples: 'on' } });
    expect(manifestsOf(mustLoad(samples))).toEqual(['/pkg/zones']);
  });

  test.for([
    [{ manifests: ['m', 'zone'] }, ": did you mean 'zones'?"],
    [{ manifests: ['m', '/nowhere/x'] }, ''],
  ] as const)(
    'refuses manifests that are not there, %o, unless it is to wait',
    ([given, meant]) => {
      const options = { manifests: [...given.manifests] };
      const files = memoryFiles({
        '/pkg/Corefile': BUILT_IN,
        '/here/zones': null,
        '/here/m': null,
      });
      const input = { env: {}, cwd: '/here', packageRoot: '/pkg', files, mustFind: true };
      expect(told(loadSettings({ ...input, options }).problems)).toEqual([
        `--manifests: error: Cannot find '${given.manifests[1]}': there is no such file or folder${meant} (--wait waits for it) [CONFIG_MANIFESTS]`,
      ]);
      mustLoad(loadSettings({ ...input, options: { ...options, wait: 'on' } }));
    },
  );

  const NO_TOOLS: Tools = {
    find: () => undefined,
    render: () => {
      throw new Error('Nothing is rendered while settings are loaded');
    },
  };
  const TOOLS: Tools = {
    ...NO_TOOLS,
    find: (kind) => ({ name: kind === 'helm' ? 'helm' : 'kubectl', file: '/bin/x' }),
  };

  test.for([
    [['kustomize:dev', 'helm:web?values=v.yaml'], []],
    [
      ['kustomize:dex'],
      [
        "--manifests: error: Cannot find 'dex': there is no such file or folder: did you mean 'dev'? (--wait waits for it) [CONFIG_MANIFESTS]",
      ],
    ],
    [
      ['helm:web?values=w.yaml'],
      [
        "--manifests: error: Cannot find 'w.yaml': there is no such file or folder: did you mean 'v.yaml'? (--wait waits for it) [CONFIG_MANIFESTS]",
      ],
    ],
    [
      ['helm:web?vaules=v.yaml', 'dev'],
      [
        "--manifests: error: Cannot use 'helm:web?vaules=v.yaml': found 'vaules', expected values, release or namespace [CONFIG_MANIFESTS]",
      ],
    ],
  ] as const)('what is rendered is there before it is served: %o', ([manifests, expected]) => {
    const files = memoryFiles({
      '/pkg/Corefile': BUILT_IN,
      '/here/dev': null,
      '/here/web': null,
      '/here/v.yaml': '',
    });
    const input = { env: {}, cwd: '/here', packageRoot: '/pkg', files, mustFind: true };
    const options = { manifests: [...manifests] };
    expect(told(loadSettings({ ...input, options, tools: TOOLS }).problems)).toEqual(expected);
    if (expected.length > 0) return;
    expect(told(loadSettings({ ...input, options, tools: NO_TOOLS }).problems)).toEqual([
      "--manifests: error: Cannot render 'kustomize:dev': found neither kustomize nor kubectl on the PATH: install one of them (https://kubectl.docs.kubernetes.io/installation/kustomize/) [CONFIG_MANIFESTS]",
      "--manifests: error: Cannot render 'helm:web?values=v.yaml': found no helm on the PATH: install Helm (https://helm.sh/docs/intro/install/) [CONFIG_MANIFESTS]",
    ]);
  });

  const KUSTOMIZED = {
    '/pkg/Corefile': BUILT_IN,
    '/here/dev': null,
    '/here/dev/kustomization.yml': '',
    '/here/plain': null,
  };
  test.for([
    ['when there is a tool', TOOLS, [], ['kustomize:/here/dev', '/here/plain']],
    ['but not without one', NO_TOOLS, [], ['/here/dev', '/here/plain']],
    ['nor when it is left out', TOOLS, ['kustomization.y*'], ['/here/dev', '/here/plain']],
  ] as const)('renders a folder with a kustomization %s', ([, tools, exclude, expected]) => {
    const options = { manifests: ['dev', 'plain'], exclude: [...exclude] };
    const files = memoryFiles(KUSTOMIZED);
    const input = { env: {}, cwd: '/here', packageRoot: '/pkg', files, tools };
    const given = exclude.length > 0 ? options : { manifests: options.manifests };
    const loaded = loadSettings({ ...input, options: given });
    expect(manifestsOf(mustLoad(loaded))).toEqual(expected);
    const isRendered = expected[0] !== '/here/dev';
    const said = isRendered
      ? 'Rendering this folder with kubectl, as if kustomize:dev were given'
      : 'Nothing here renders this folder: found neither kustomize nor kubectl on the PATH: install one of them (https://kubectl.docs.kubernetes.io/installation/kustomize/)';
    expect(told(loaded.problems)).toEqual(
      exclude.length > 0
        ? []
        : [
            `dev/kustomization.yml: hint: ${said}: --exclude kustomization.yml reads its files as they stand [KUSTOMIZATION_FOUND]`,
          ],
    );
    const paths = ['/here/dev'];
    expect(manifestsOf(mustLoad(loadSettings({ ...input, options: {}, paths })))).toEqual([
      isRendered || exclude.length > 0 ? 'kustomize:/here/dev' : '/here/dev',
    ]);
  });

  const manifests: [name: string, world: World, folders: string[]][] = [
    [
      'SVCDNS_MANIFESTS with colons of its own',
      { env: { SVCDNS_MANIFESTS: 'a:kustomize:b: helm:c?values=d:e:' } },
      ['/here/a', 'kustomize:/here/b', 'helm:/here/c?values=/here/d', '/here/e'],
    ],
    [
      '--manifests instead of zones',
      { options: { manifests: ['a', '/b', 'a'] } },
      ['/here/a', '/b'],
    ],
    ['SVCDNS_MANIFESTS', { env: { SVCDNS_MANIFESTS: '/x:y:' } }, ['/x', '/here/y']],
    [
      '--manifests over SVCDNS_MANIFESTS',
      { options: { manifests: ['a'] }, env: { SVCDNS_MANIFESTS: 'b' } },
      ['/here/a'],
    ],
  ];
  test.for(manifests)('reads %s', ([, world, expected]) => {
    const result = load(world);
    expect(told(result.problems)).toEqual([]);
    expect(manifestsOf(result.settings!)).toEqual(expected);
  });

  const admin: [world: World, address: unknown][] = [
    [{ options: { admin: ':9000' } }, { address: '', port: 9000 }],
    [{ options: { admin: '127.0.0.1' } }, { address: '127.0.0.1', port: 8053 }],
    [{ options: { admin: 'off' } }, undefined],
    [{ env: { SVCDNS_ADMIN: '[::1]:1' } }, { address: '::1', port: 1 }],
    [{ options: { admin: 'off' }, env: { SVCDNS_ADMIN: ':1' } }, undefined],
  ];
  test.for(admin)('decides the admin address: %o', ([world, expected]) => {
    const result = load(world);
    expect(told(result.problems)).toEqual([]);
    expect(result.settings?.admin).toEqual(expected === undefined ? [] : [expected]);
  });

  const forward: [name: string, world: World, lines: string[]][] = [
    ['/etc/resolv.conf without a word', {}, ['forward . /etc/resolv.conf', 'cache 30', 'loop']],
    [
      '--forward instead',
      { options: { forward: ['10.0.0.2', 'tls://10.0.0.3%a.example'] } },
      ['forward . 10.0.0.2 tls://10.0.0.3%a.example', 'cache 30', 'loop'],
    ],
    [
      'SVCDNS_FORWARD',
      { env: { SVCDNS_FORWARD: '10.0.0.2, 10.0.0.3' } },
      ['forward . 10.0.0.2 10.0.0.3', 'cache 30', 'loop'],
    ],
    [
      '--forward over SVCDNS_FORWARD',
      { options: { forward: ['10.0.0.2'] }, env: { SVCDNS_FORWARD: 'off' } },
      ['forward . 10.0.0.2', 'cache 30', 'loop'],
    ],
    ['nobody with --forward off', { options: { forward: ['off'] } }, []],
  ];
  const LOOPBACK = [
    ...['0', '127', '255'].map((byte) => `${byte}.in-addr.arpa`),
    `1.${'0.'.repeat(31)}ip6.arpa`,
  ];
  test.for(forward)('forwards to %s', ([, world, expected]) => {
    const result = load(world);
    expect(told(result.problems)).toEqual([]);
    const directives = result.settings!.blocks[0]!.block.directives;
    const lines = directives.map(({ name, args }) => [name, ...args.map((one) => one.text)]);
    const about = lines.filter(([name = '']) => ['forward', 'cache', 'loop'].includes(name));
    expect(about.map((words) => words.join(' '))).toEqual(expected);
    // Where nobody is asked, `kubernetes` hands on the names of this machine only.
    const { fallthrough } = result.settings!.blocks[0]!.kubernetes!;
    expect(fallthrough).toEqual(expected.length > 0 ? ['in-addr.arpa', 'ip6.arpa'] : LOOPBACK);
  });

  test('LOG_LEVEL and SVCDNS_RESCAN', () => {
    const settings = mustLoad(load({ env: { LOG_LEVEL: 'DEBUG', SVCDNS_RESCAN: '0.5' } }));
    expect([settings.options.logLevel, settings.options.rescanSeconds]).toEqual(['debug', 0.5]);
  });

  const switches = [
    ['holdDeletions', 'SVCDNS_HOLD_DELETIONS'],
    ['keepLastGood', 'SVCDNS_KEEP_LAST_GOOD'],
    ['quarantine', 'SVCDNS_QUARANTINE'],
    ['askers', 'SVCDNS_ASKERS'],
    ['page', 'SVCDNS_PAGE'],
  ] as const;
  test.for(switches)('%s and %s are off and on', ([option, variable]) => {
    const read = (world: World) => mustLoad(load(world)).options[option];
    expect(read({})).toBe(true);
    expect(read({ options: { [option]: 'off' } })).toBe(false);
    expect(read({ env: { [variable]: 'off' } })).toBe(false);
    expect(read({ options: { [option]: 'on' }, env: { [variable]: 'off' } })).toBe(true);
  });

  test.for([
    [undefined, 'json'],
    ['json', 'json'],
    ['Text', 'text'],
  ] as const)('LOG_FORMAT=%s is %s', ([LOG_FORMAT, expected]) => {
    const settings = mustLoad(load(LOG_FORMAT === undefined ? {} : { env: { LOG_FORMAT } }));
    expect(settings.options.logFormat).toBe(expected);
  });

  test('LOG_FORMAT=xml is an error', () => {
    expect(told(load({ env: { LOG_FORMAT: 'xml' } }).problems)).toEqual([
      "LOG_FORMAT: error: Unknown log format 'xml': expected json or text [CONFIG_LOG_FORMAT]",
    ]);
  });

  const refused: [world: World, problem: string][] = [
    [
      { options: { listen: ['localhost:53'] } },
      '--listen: error: Cannot listen on "localhost:53": write 127.0.0.1 or [::1]: expected ADDRESS:PORT, as in 127.0.0.1:1053, [::1]:1053 or :53 [CONFIG_LISTEN]',
    ],
    [
      { env: { SVCDNS_LISTEN: ',' } },
      'SVCDNS_LISTEN: error: Cannot listen nowhere: expected an address, as in 127.0.0.1:1053 [CONFIG_LISTEN]',
    ],
    [
      { options: { admin: 'no' } },
      `--admin: error: Cannot listen on "no": expected ADDRESS:PORT, as in 127.0.0.1:1053, [::1]:1053 or :53; 'off' for none [CONFIG_ADMIN]`,
    ],
    [
      { options: { forward: ['10.0.0.2', 'off'] } },
      "--forward: error: Cannot forward to '10.0.0.2,off': expected upstreams, as in 10.0.0.2 or /etc/resolv.conf, or off alone [CONFIG_FORWARD]",
    ],
    [
      { env: { SVCDNS_FORWARD: ',' } },
      "SVCDNS_FORWARD: error: Cannot forward to '': expected upstreams, as in 10.0.0.2 or /etc/resolv.conf, or off alone [CONFIG_FORWARD]",
    ],
    [
      { options: { dnsPort: '65536' } },
      "-dns.port: error: Cannot use '65536' as a port: expected 0 to 65535 [CONFIG_PORT]",
    ],
    [
      { env: { SVCDNS_RESCAN: '0' } },
      "SVCDNS_RESCAN: error: Cannot rescan every '0': expected seconds, 0.1 to 86400 [CONFIG_RESCAN]",
    ],
    [
      { env: { SVCDNS_RESCAN: '30s' } },
      "SVCDNS_RESCAN: error: Cannot rescan every '30s': expected seconds, 0.1 to 86400 [CONFIG_RESCAN]",
    ],
    [
      { options: { holdDeletions: 'no' } },
      "--hold-deletions: error: Cannot use 'no': expected on or off [CONFIG_HOLD_DELETIONS]",
    ],
    [
      { env: { SVCDNS_KEEP_LAST_GOOD: '0' } },
      "SVCDNS_KEEP_LAST_GOOD: error: Cannot use '0': expected on or off [CONFIG_KEEP_LAST_GOOD]",
    ],
    [
      { options: { quarantine: 'OFF' } },
      "--quarantine: error: Cannot use 'OFF': expected on or off [CONFIG_QUARANTINE]",
    ],
    [
      { env: { SVCDNS_TRANSPORT: 'raw' } },
      "SVCDNS_TRANSPORT: error: Unknown transport 'raw': expected auto, native or dgram [CONFIG_TRANSPORT]",
    ],
    [
      { env: { LOG_LEVEL: 'wran' } },
      "LOG_LEVEL: error: Unknown log level 'wran': expected one of trace, debug, info, warn, error, fatal, silent: did you mean 'warn'? [CONFIG_LOG_LEVEL]",
    ],
    [
      { options: { manifest: ['x'] } as CommandLineOptions },
      "options: error: Unknown option 'manifest': did you mean 'manifests'? [CONFIG_UNKNOWN_OPTION]",
    ],
    [
      { options: { admin: 8053 } as unknown as CommandLineOptions },
      '--admin: error: Cannot use a value of type number for admin: expected text [CONFIG_OPTION]',
    ],
    [
      { options: { config: 'nope' } },
      "--config: error: Cannot read '/here/nope': there is no such file: expected the path of a Corefile [COREFILE_UNREADABLE]",
    ],
    [
      { options: { config: 'd' }, files: { '/here/d': null } },
      "--config: error: Cannot read '/here/d': it is a folder: expected the path of a Corefile (folders of manifests go to --manifests) [COREFILE_UNREADABLE]",
    ],
  ];
  test.for(refused)('refuses %o', ([world, expected]) => {
    const result = load(world);
    expect(result.settings).toBeUndefined();
    expect(told(result.problems)).toEqual([expected]);
  });

  test('a misspelled variable is a warning; those that Kubernetes sets beside a Service are none', () => {
    const result = load({
      env: {
        SVCDNS_LISTENS: ':1',
        SVCDNS_SERVICE_HOST: '10.0.0.1',
        SVCDNS_PORT_53_UDP: 'udp://10.0.0.1:53',
      },
    });
    expect(told(result.problems)).toEqual([
      "SVCDNS_LISTENS: warning: Unknown variable 'SVCDNS_LISTENS': did you mean 'SVCDNS_LISTEN'? [CONFIG_UNKNOWN_VARIABLE]",
    ]);
  });
});

describe('loadSettings with a Corefile', () => {
  test('starts from the stock Corefile of kubeadm, without a word', () => {
    const result = load({
      options: { config: 'c', manifests: ['/m'] },
      files: { '/here/c': KUBEADM },
    });
    expect(told(result.problems)).toEqual([]);
    const settings = result.settings!;
    expect(manifestsOf(settings)).toEqual(['/m']);
    expect(sockets(settings)).toBe(':53');
    const [served] = settings.blocks;
    expect(served?.kubernetes?.zone).toMatchObject({
      zones: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
      ttl: 30,
      pods: 'insecure',
    });
    expect(settings.admin).toEqual([
      { address: '', port: 8080 },
      { address: '', port: 8181 },
      { address: '', port: 9153 },
    ]);
    expect(settings.corefile.admin).toEqual([
      { name: 'health', address: { address: '', port: 8080 } },
      { name: 'ready', address: { address: '', port: 8181 } },
      { name: 'prometheus', address: { address: '', port: 9153 } },
    ]);
    expect(served?.kubernetes?.fallthrough).toEqual(['in-addr.arpa', 'ip6.arpa']);
  });

  const admin: [line: string, place: string, problem: string][] = [
    [
      'ready :1 :2',
      '2:10',
      "error: plugin/ready: Wrong argument count or unexpected line ending after 'ready': expected 0 or 1 [PLUGIN_OPTION]",
    ],
    [
      'ready {\nmonitor never\n}',
      '3:9',
      "error: plugin/ready: monitor type 'never' not supported: expected until-ready or continuously [PLUGIN_OPTION]",
    ],
    [
      'ready {\nmonitors\n}',
      '3:1',
      "error: plugin/ready: unknown property 'monitors': did you mean 'monitor'? [PLUGIN_OPTION]",
    ],
    [
      'prometheus {\nruntime_metrics\n}',
      '3:1',
      "warning: plugin/prometheus: 'runtime_metrics' has no effect: there is no Go runtime here [PLUGIN_OPTION]",
    ],
    [
      'prometheus {\ntls web.yml\n}',
      '3:1',
      "error: plugin/prometheus: 'tls' is not offered: metrics are served over plain HTTP [PLUGIN_OPTION]",
    ],
    ['ready {\nmonitor until-ready\n}', '', ''],
    ['ready :8182 {\nmonitor continuously\n}', '', ''],
  ];
  test.for(admin)('%j is read whole: %s %s', ([line, place, problem]) => {
    const result = withCorefile(corefile('.', line));
    expect(told(result.problems)).toEqual(
      problem === '' ? [] : [`conf/Corefile:${place}: ${problem}`],
    );
  });

  test('in the working folder is taken, and that is said; --config off leaves it out', () => {
    const files = { '/here/Corefile': corefile('.:9') };
    const found = load({ files });
    expect(told(found.problems)).toEqual([
      'Corefile: hint: Using this Corefile, as it lies in the working folder: --config off leaves it out [COREFILE_FOUND]',
    ]);
    expect(sockets(found.settings!)).toBe(':9');
    expect(found.settings?.corefile).toMatchObject({ isBuiltIn: false, isFound: true });
    const off = load({ files, options: { config: 'off' } });
    expect(told(off.problems)).toEqual([]);
    expect(sockets(off.settings!)).toBe('127.0.0.1:1053 [::1]:1053');
  });

  test('SVCDNS_CONFIG names it, --config wins over it', () => {
    const files = { '/here/a': corefile('.:1'), '/here/b': corefile('.:2') };
    expect(sockets(mustLoad(load({ env: { SVCDNS_CONFIG: 'a' }, files })))).toBe(':1');
    const both = load({ options: { config: 'b' }, env: { SVCDNS_CONFIG: 'a' }, files });
    expect(sockets(mustLoad(both))).toBe(':2');
  });

  test('`stdin` is read from standard input', () => {
    const files = { '/dev/stdin': corefile('.:7') };
    const settings = mustLoad(load({ options: { config: 'stdin' }, files }));
    expect([sockets(settings), manifestsOf(settings)]).toEqual([':7', ['/m']]);
  });

  const listen: [text: string, sockets: string][] = [
    [corefile('.'), ':53'],
    [corefile('cluster.local:1 in-addr.arpa:2 ip6.arpa:1'), ':1 :2'],
    [corefile('.', 'bind 127.0.0.1'), '127.0.0.1:53'],
    [
      corefile('.:5', 'bind 127.0.0.1 ::1\nbind 10.0.0.1 127.0.0.1'),
      '127.0.0.1:5 [::1]:5 10.0.0.1:5',
    ],
    [corefile('.', 'bind eth0'), '10.0.0.5:53 [fe80::1%eth0]:53'],
    [corefile('.', 'bind eth0 lo {\nexcept 127.0.0.1\n}'), '10.0.0.5:53 [fe80::1%eth0]:53'],
  ];
  test.for(listen)('listens where %s says', ([text, expected]) => {
    expect(sockets(mustLoad(withCorefile(text)))).toBe(expected);
  });

  test('-dns.port is the port of zones that name none', () => {
    const result = withCorefile(corefile('cluster.local ip6.arpa:9'), {
      options: { dnsPort: '1053' },
    });
    expect(sockets(mustLoad(result))).toBe(':1053 :9');
  });

  test('manifests start from the folder of the Corefile, or of the file imported', () => {
    const text = corefile('.', '', 'import ../sub/m').replace('manifests /m\n', '');
    const settings = mustLoad(withCorefile(text, { files: { '/here/sub/m': 'manifests x' } }));
    expect(manifestsOf(settings)).toEqual(['/here/sub/x']);
    const near = mustLoad(withCorefile(corefile('.').replace('/m', 'm')));
    expect(manifestsOf(near)).toEqual(['/here/conf/m']);
  });

  const tellings: [name: string, text: string, world: World, problem: string][] = [
    [
      'no source of objects',
      '.:53 {\nkubernetes a.org\n}',
      {},
      'conf/Corefile:2:1: error: plugin/kubernetes: no source of objects, and this is no Pod of a cluster: add `manifests DIR` or `kubeconfig FILE` to the block, or --manifests DIR to the command line [COREFILE_NO_SOURCE]',
    ],
    [
      'no plugin that answers, with a warning',
      '.:53 {\nerrors\nlog\n}',
      {},
      'conf/Corefile:1:1: warning: Server block .: nothing in it answers, so all is REFUSED: expected a plugin such as kubernetes or forward [COREFILE_NOTHING_ANSWERS]',
    ],
    [
      'no server block',
      '# to be written\n',
      {},
      'conf/Corefile: error: No server block: nothing to serve: expected one, as in .:53 { kubernetes cluster.local } [COREFILE_NOTHING_TO_SERVE]',
    ],
    [
      'nothing, for kubernetes in as many server blocks as there may be, and in more that are the same',
      [...differing(16), ...differing(16, 100)].join('\n'),
      {},
      '',
    ],
    [
      'kubernetes in more server blocks than there may be',
      differing(20).join('\n'),
      {},
      'conf/Corefile:115:1: error: plugin/kubernetes: more than 16 kubernetes blocks that differ: each is read by a thread of its own: expected blocks with the same zones, options and manifests, which share one [COREFILE_LIMIT]',
    ],
    [
      '--listen beside ports of a Corefile, with an error',
      corefile('.:53'),
      { options: { listen: [':1'] } },
      "--listen: error: Cannot follow --listen and conf/Corefile:1:1, which says '.:53': expected only one of them [CONFIG_LISTEN]",
    ],
    [
      '--listen beside bind, with an error',
      corefile('.', 'bind 127.0.0.1'),
      { options: { listen: [':1'] } },
      "--listen: error: Cannot follow --listen and conf/Corefile:2:1, which says 'bind 127.0.0.1': expected only one of them [CONFIG_LISTEN]",
    ],
    [
      'SVCDNS_LISTEN beside ports of a Corefile, with a hint',
      corefile('.:53'),
      { env: { SVCDNS_LISTEN: ':1' } },
      "SVCDNS_LISTEN: hint: Ignored SVCDNS_LISTEN: the Corefile says '.:53' at conf/Corefile:1:1 [CONFIG_LISTEN]",
    ],
    [
      "nothing, for the image's own variables beside a Corefile",
      corefile('.:1053'),
      { env: { SVCDNS_LISTEN: ':53', SVCDNS_MANIFESTS: '/manifests' } },
      '',
    ],
    [
      '--manifests beside a block that names its own, with an error',
      corefile('.'),
      { options: { manifests: ['x'] } },
      '--manifests: error: Cannot follow --manifests and conf/Corefile:3:1, which says which manifests to read, in kubernetes: expected only one of them [CONFIG_MANIFESTS]',
    ],
    [
      'what contradicts options of kubernetes, with an error each',
      corefile('.', '', 'ttl 30\npods verified\nworkloads simulate 10.1.0.0/16'),
      { options: { ttl: '5', pods: 'verified', workloads: 'simulate' } },
      "--ttl: error: Cannot follow --ttl and conf/Corefile:5:1, which says 'ttl 30': expected only one of them [CONFIG_TTL]\n--workloads: error: Cannot follow --workloads and conf/Corefile:7:1, which says 'workloads simulate 10.1.0.0/16': expected only one of them [CONFIG_WORKLOADS]",
    ],
    [
      'zones that are not those of --zone, with an error',
      corefile('.'),
      { options: { zone: ['a.org'] } },
      "--zone: error: Cannot follow --zone and conf/Corefile:3:1, which says 'kubernetes c.org {': expected only one of them [CONFIG_ZONE]",
    ],
    [
      'directives that contradict options, with an error each',
      corefile(
        '.',
        'forward . 9.9.9.9\nlog a.org\nk8s_external b.org\nhosts {\n10.0.0.1 d.org e.org\n}',
      ),
      {
        options: {
          forward: ['1.1.1.1'],
          external: ['a.org'],
          host: ['D.org=10.0.0.2', 'x.org=10.0.0.3'],
          log: 'on',
        },
      },
      "--forward: error: Cannot follow --forward and conf/Corefile:2:1, which says 'forward . 9.9.9.9': expected only one of them [CONFIG_FORWARD]\n--external: error: Cannot follow --external and conf/Corefile:4:1, which says 'k8s_external b.org': expected only one of them [CONFIG_EXTERNAL]\n--host: error: Cannot follow --host and conf/Corefile:6:1, which says '10.0.0.1 d.org e.org': expected only one of them [CONFIG_HOST]\n--log: error: Cannot follow --log and conf/Corefile:3:1, which says 'log a.org': expected only one of them [CONFIG_LOG]",
    ],
    [
      'a variable that contradicts the Corefile, with a hint',
      corefile('.', '', 'ttl 30'),
      { env: { SVCDNS_TTL: '5' } },
      "SVCDNS_TTL: hint: Ignored SVCDNS_TTL: the Corefile says 'ttl 30' at conf/Corefile:5:1 [CONFIG_TTL]",
    ],
    [
      'an option without a place in the Corefile, with a warning',
      'a.org:53 {\nwhoami\n}',
      { options: { ttl: '5', forward: ['1.1.1.1'] } },
      '--forward: warning: Ignored --forward: the Corefile has no place for it: expected a server block for all names, as in .:53 { [CONFIG_FORWARD]\n--ttl: warning: Ignored --ttl: the Corefile has no place for it: expected a server block with kubernetes [CONFIG_TTL]',
    ],
    [
      'nothing, where options say what the Corefile says',
      corefile(
        '.',
        'forward . 9.9.9.9 {\nprefer_udp\n}\nlog\nhosts {\n10.0.0.1 d.org\n}',
        'ttl 30',
      ),
      {
        options: {
          zone: ['C.ORG.'],
          ttl: '30',
          forward: ['9.9.9.9'],
          log: 'on',
          host: ['d.org=10.0.0.1'],
        },
      },
      '',
    ],
    [
      'an option of the API beside manifests, with a warning',
      corefile('.', '', 'startup_timeout 9s'),
      {},
      'conf/Corefile:5:1: warning: plugin/kubernetes: startup_timeout: no effect on manifests: it is for the Kubernetes API [COREFILE_NO_EFFECT]',
    ],
    [
      'a zone twice on one socket',
      `${corefile('example.org')}\nexample.org:53 {\n}`,
      {},
      'conf/Corefile:8:1: error: cannot serve dns://example.org.:53 - it is already defined at conf/Corefile:1 [COREFILE_ZONE]\nconf/Corefile:8:1: warning: Server block example.org: nothing in it answers, so all is REFUSED: expected a plugin such as kubernetes or forward [COREFILE_NOTHING_ANSWERS]',
    ],
    [
      'a zone twice, one of them bound',
      `${corefile('.')}\n. {\nbind 127.0.0.1\n}`,
      {},
      "conf/Corefile:8:1: error: cannot serve dns://.:53 - zone overlap listener capacity with conf/Corefile:1: expected 'bind' in both server blocks or in neither [COREFILE_ZONE]\nconf/Corefile:8:1: warning: Server block .: nothing in it answers, so all is REFUSED: expected a plugin such as kubernetes or forward [COREFILE_NOTHING_ANSWERS]",
    ],
    [
      'a server block that answers nothing, with a warning',
      `${corefile('.')}\nb.org:54 {\n}`,
      {},
      'conf/Corefile:8:1: warning: Server block b.org: nothing in it answers, so all is REFUSED: expected a plugin such as kubernetes or forward [COREFILE_NOTHING_ANSWERS]',
    ],
    [
      'bind on what is neither address nor interface',
      corefile('.', 'bind wlan0'),
      {},
      "conf/Corefile:2:6: error: plugin/bind: not a valid IP address or interface name: 'wlan0': the interfaces are eth0, lo [COREFILE_OPTION]",
    ],
    [
      'bind with an empty exception',
      corefile('.', 'bind lo {\nexcept\n}'),
      {},
      "conf/Corefile:3:1: error: plugin/bind: expected at least one address or interface after 'except' [COREFILE_OPTION]",
    ],
    [
      'bind with nothing left',
      corefile('.', 'bind lo {\nexcept 127.0.0.1\n}'),
      {},
      "conf/Corefile:2:1: error: plugin/bind: no address is left to listen on after 'except' [COREFILE_OPTION]",
    ],
    [
      'an address of health that is none',
      corefile('.', 'health :x'),
      {},
      'conf/Corefile:2:8: error: plugin/health: Cannot listen on ":x": expected ADDRESS:PORT, as in 127.0.0.1:1053, [::1]:1053 or :53 [COREFILE_OPTION]',
    ],
    [
      'nothing, when health asks for the admin address',
      corefile('.', 'health localhost:8053'),
      {},
      '',
    ],
  ];
  test.for(tellings)('tells of %s', ([, text, world, expected]) => {
    const result = withCorefile(text, world);
    expect(told(result.problems)).toEqual(expected === '' ? [] : expected.split('\n'));
    expect(result.settings === undefined).toBe(expected.includes(': error: '));
  });

  test('follows options where it says nothing itself', () => {
    const world = {
      options: {
        listen: ['127.0.0.1:5', '127.0.0.2'],
        ttl: '9',
        pods: 'verified',
        exclude: ['old,*.json'],
        serviceRange: ['10.0.0.0/16,fd00::/108'],
        forward: ['9.9.9.9'],
        external: ['x.org'],
        gateway: ['g.org'],
        host: ['d.org=10.0.0.1'],
        log: 'on',
      },
    };
    const settings = mustLoad(withCorefile(corefile('.'), world));
    expect(sockets(settings)).toBe('127.0.0.1:5 127.0.0.2:53');
    const [served] = settings.blocks;
    expect(served?.kubernetes?.exclude).toEqual(['old', '*.json']);
    expect(served?.kubernetes?.zone).toMatchObject({
      zones: ['c.org'],
      ttl: 9,
      pods: 'verified',
      serviceRanges: { ipv4: '10.0.0.0/16', ipv6: 'fd00::/108' },
      external: { zones: ['x.org'] },
      gateway: { zones: ['g.org'] },
    });
    const lines = served?.block.directives.map(({ name, args }) =>
      [name, ...args.map(({ text }) => text)].join(' '),
    );
    expect(lines).toEqual([
      'kubernetes c.org',
      'forward . 9.9.9.9',
      'k8s_external x.org',
      'k8s_gateway g.org',
      'hosts /dev/null',
      'log',
    ]);
  });

  test('the same zone on two bound addresses is no overlap', () => {
    const text = `${corefile('.', 'bind 127.0.0.1')}\n. {\nbind 127.0.0.2\n}`;
    expect(sockets(mustLoad(withCorefile(text)))).toBe('127.0.0.1:53 127.0.0.2:53');
  });

  test('tells of all mistakes in one run: syntax, directives, options and the command line', () => {
    const result = withCorefile('a..b {\nkubernetes c.org {\nttl x\n}\nfowrard\n}\n}', {
      options: { admin: '?' },
    });
    expect(result.settings).toBeUndefined();
    expect(result.problems.map(({ code }) => code)).toEqual([
      'COREFILE_ZONE',
      'COREFILE_SYNTAX',
      'COREFILE_UNKNOWN_DIRECTIVE',
      'CONFIG_ADMIN',
      'COREFILE_OPTION',
    ]);
  });
});

describe('loadSettings with kubernetes in several server blocks', () => {
  const sources = (text: string, world: World = {}) => {
    const result = withCorefile(text, world);
    expect(told(result.problems)).toEqual([]);
    return nameSources(result.settings!).map(
      ({ manifests, zone }) => `${manifests}: ${zone.zones.join(' ')} ttl ${zone.ttl}`,
    );
  };

  test('has a source of names for each that differs, and one for those that do not', () => {
    const first = 'kubernetes a.org {\nmanifests /m\n}';
    const second = 'kubernetes b.org {\nmanifests /n\nttl 30\n}';
    const text = `a.org:1 {\n${first}\n}\nb.org:2 {\n${second}\n}\na.org:2 {\n${first}\n}\n`;
    expect(sources(text)).toEqual(['/m: a.org ttl 5', '/n: b.org ttl 30']);
  });

  test('shares one between a forward and a reverse zone, each in a block of its own', () => {
    const line = 'kubernetes cluster.local 10.in-addr.arpa {\nmanifests /m\n}\n';
    const text = `cluster.local:53 {\n${line}}\n10.in-addr.arpa:53 {\n${line}}\n`;
    expect(sources(text)).toEqual(['/m: cluster.local 10.in-addr.arpa ttl 5']);
  });

  test('gives --manifests to those that name none', () => {
    const text = `${corefile('a.org')}\nb.org {\nkubernetes\n}`;
    const world = { options: { manifests: ['/given'] } };
    expect(sources(text, world)).toEqual(['/m: a.org ttl 5', '/given: b.org ttl 5']);
  });
});

/** Server blocks of seven lines whose `kubernetes` differ, at ports that begin here. */
function differing(count: number, port = 1000): string[] {
  return Array.from({ length: count }, (_, at) => corefile(`.:${port + at}`, '', `ttl ${at}`));
}

/** A server block with a source of objects: lines 1 to 7. */
function corefile(keys: string, directives = '', options = ''): string {
  const zones = /^\.(:|$)/.test(keys) ? ' c.org' : '';
  return `${keys} {\n${directives}\nkubernetes${zones} {\nmanifests /m\n${options}\n}\n}`;
}
