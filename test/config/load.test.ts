import { readFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { listenAddressText } from '../../src/config/listen-address.ts';
import { loadSettings } from '../../src/config/load.ts';
import { DEFAULTS, type Settings } from '../../src/config/settings.ts';
import type { CommandLineOptions } from '../../src/config/wishes.ts';
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
    files: memoryFiles({ '/pkg/Corefile': BUILT_IN, '/pkg/zones': null, ...files }),
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

const sockets = (settings: Settings) => settings.listen.map(listenAddressText).join(' ');

describe('loadSettings without options', () => {
  test('gives exactly the defaults from the built-in Corefile, without a word', () => {
    const result = load({});
    expect(told(result.problems)).toEqual([]);
    const { manifests, corefile, blocks, ...rest } = result.settings!;
    expect(rest).toEqual(DEFAULTS);
    expect(blocks.map(({ listen }) => listen)).toEqual([DEFAULTS.listen]);
    expect(manifests).toEqual(['/pkg/zones']);
    expect(corefile).toMatchObject({ file: '/pkg/Corefile', isBuiltIn: true });
  });

  test('prefers the folder zones where the user is', () => {
    expect(mustLoad(load({ files: { '/here/zones': null } })).manifests).toEqual(['/here/zones']);
  });

  test('works on the real disk, from the root of the repository', () => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
    const result = loadSettings({ options: {}, env: {}, cwd });
    expect(told(result.problems)).toEqual([]);
    expect(result.settings?.manifests).toEqual([`${cwd}/zones`]);
    expect(result.settings?.corefile.file).toBe('Corefile');
  });

  test('freezes the result through and through', () => {
    const settings = mustLoad(load({}));
    expect(Object.isFrozen(settings)).toBe(true);
    expect(() => (settings.zone.zones as string[]).push('x')).toThrow(TypeError);
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

  const manifests: [name: string, world: World, folders: string[]][] = [
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
    expect(result.settings?.manifests).toEqual(expected);
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

  test('LOG_LEVEL and SVCDNS_RESCAN', () => {
    const settings = mustLoad(load({ env: { LOG_LEVEL: 'DEBUG', SVCDNS_RESCAN: '0.5' } }));
    expect([settings.logLevel, settings.rescanSeconds]).toEqual(['debug', 0.5]);
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
    expect(settings.manifests).toEqual(['/m']);
    expect(sockets(settings)).toBe(':53');
    expect(settings.zone).toMatchObject({
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
    expect(settings.corefile.kubernetes?.fallthrough).toEqual(['in-addr.arpa', 'ip6.arpa']);
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
    expect([sockets(settings), settings.manifests]).toEqual([':7', ['/m']]);
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
    expect(settings.manifests).toEqual(['/here/sub/x']);
    expect(mustLoad(withCorefile(corefile('.').replace('/m', 'm'))).manifests).toEqual([
      '/here/conf/m',
    ]);
  });

  const tellings: [name: string, text: string, world: World, problem: string][] = [
    [
      'no source of objects',
      '.:53 {\nkubernetes a.org\n}',
      {},
      'conf/Corefile:2:1: error: plugin/kubernetes: no source of objects: the in-cluster API is not offered yet: add `manifests DIR` to the block, or --manifests DIR to the command line [COREFILE_NO_SOURCE]',
    ],
    [
      'the Kubernetes API as the source, whatever --manifests says',
      '.:53 {\nkubernetes a.org {\nendpoint http://x\n}\n}',
      { options: { manifests: ['m'] } },
      'conf/Corefile:2:1: error: plugin/kubernetes: reading from the Kubernetes API is not offered yet: expected manifests DIR instead of endpoint or kubeconfig [COREFILE_NOT_OFFERED]',
    ],
    [
      'no kubernetes directive',
      '.:53 {\n}',
      {},
      'conf/Corefile: error: No kubernetes directive: nothing to answer: expected one in a server block, as in kubernetes cluster.local in-addr.arpa ip6.arpa [COREFILE_NOTHING_TO_SERVE]',
    ],
    [
      'kubernetes in two server blocks',
      `${corefile('.:1')}\n${corefile('.:2')}`,
      {},
      'conf/Corefile:10:1: error: kubernetes in more than one server block is not offered yet: the first is in the server block at conf/Corefile:1: expected its zones and ports in front of that one [COREFILE_NOT_OFFERED]',
    ],
    [
      '--listen beside a Corefile, with a warning',
      corefile('.'),
      { options: { listen: [':1'] } },
      "--listen: warning: Ignored --listen: the Corefile conf/Corefile says where to listen: expected ports after its zones, as in '.:1053 {', and addresses in 'bind' [CONFIG_LISTEN]",
    ],
    [
      'SVCDNS_LISTEN beside a Corefile, with a hint',
      corefile('.'),
      { env: { SVCDNS_LISTEN: ':1' } },
      "SVCDNS_LISTEN: hint: Ignored SVCDNS_LISTEN: the Corefile conf/Corefile says where to listen: expected ports after its zones, as in '.:1053 {', and addresses in 'bind' [CONFIG_LISTEN]",
    ],
    [
      '--manifests beside a block that names its own, with a warning',
      corefile('.'),
      { options: { manifests: ['x'] } },
      '--manifests: warning: Ignored --manifests: the kubernetes block at conf/Corefile:3 names its own manifests [CONFIG_MANIFESTS]',
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
      'conf/Corefile:8:1: error: cannot serve dns://example.org.:53 - it is already defined at conf/Corefile:1 [COREFILE_ZONE]\nconf/Corefile:8:1: warning: Server block example.org: nothing in it answers: expected a plugin such as forward [COREFILE_NOTHING_ANSWERS]',
    ],
    [
      'a zone twice, one of them bound',
      `${corefile('.')}\n. {\nbind 127.0.0.1\n}`,
      {},
      "conf/Corefile:8:1: error: cannot serve dns://.:53 - zone overlap listener capacity with conf/Corefile:1: expected 'bind' in both server blocks or in neither [COREFILE_ZONE]\nconf/Corefile:8:1: warning: Server block .: nothing in it answers: expected a plugin such as forward [COREFILE_NOTHING_ANSWERS]",
    ],
    [
      'a server block that answers nothing, with a warning',
      `${corefile('.')}\nb.org:54 {\n}`,
      {},
      'conf/Corefile:8:1: warning: Server block b.org: nothing in it answers: expected a plugin such as forward [COREFILE_NOTHING_ANSWERS]',
    ],
    [
      'bind on what is neither address nor interface',
      corefile('.', 'bind wlan0'),
      {},
      "conf/Corefile:2:6: error: plugin/bind: not a valid IP address or interface name: 'wlan0': the interfaces are eth0, lo [COREFILE_OPTION]",
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

  test('the same zone on two bound addresses is no overlap', () => {
    const text = `${corefile('.', 'bind 127.0.0.1')}\n. {\nbind 127.0.0.2\n}`;
    expect(sockets(mustLoad(withCorefile(text)))).toBe('127.0.0.1:53');
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

/** A server block with a source of objects: lines 1 to 7. */
function corefile(keys: string, directives = '', options = ''): string {
  const zones = /^\.(:|$)/.test(keys) ? ' c.org' : '';
  return `${keys} {\n${directives}\nkubernetes${zones} {\nmanifests /m\n${options}\n}\n}`;
}
