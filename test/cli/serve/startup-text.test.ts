import { describe, expect, test } from 'vitest';
import type { Started } from '../../../src/cli/serve/started.ts';
import { startupText } from '../../../src/cli/serve/startup-text.ts';
import { DEFAULT_ZONE, DEFAULTS } from '../../../src/config/settings.ts';
import type { LoadSummary, NamespaceSummary } from '../../../src/control/summary.ts';
import { NetworkSet, parseNetwork } from '../../../src/dns/network.ts';
import type { Problem, Severity } from '../../../src/kube/problem.ts';
import type { ZoneOptions } from '../../../src/zone/options.ts';
import { parse } from '../../corefile/notation.ts';

const EMPTY: LoadSummary = {
  files: 0,
  namespaces: [],
  names: 12,
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
};

function started(summary: Partial<LoadSummary>, others: Partial<Started> = {}): Started {
  return {
    version: '1.2.3',
    settings: settingsWith(),
    loaded: [loadedFrom(['/home/me/k8s'], summary)],
    addresses: [
      { address: '127.0.0.1', port: 1053 },
      { address: '::1', port: 1053 },
    ],
    admin: { address: '127.0.0.1', port: 8053 },
    leadingBack: [],
    networks: undefined,
    transport: { name: 'native', threads: 1 },
    cwd: '/home/me',
    ...others,
  };
}

function loadedFrom(
  manifests: readonly string[],
  summary: Partial<LoadSummary> = {},
  zone: Partial<ZoneOptions> = {},
): Started['loaded'][number] {
  const source = { manifests, zone: { ...DEFAULT_ZONE, ...zone } };
  return { source, summary: { ...EMPTY, ...summary } };
}

/** Settings with these `forward` lines. */
function settingsWith(...forward: readonly string[]): Started['settings'] {
  const text = `. {\n${forward.map((words) => `forward ${words}\n`).join('')}}\n`;
  return {
    ...DEFAULTS,
    blocks: parse(text).blocks.map((block) => ({ block })),
  } as never;
}

function problem(line: number, severity: Severity = 'error', file = 'k8s/web.yaml'): Problem {
  const origin = { file, document: 0, line, column: 1 };
  return { severity, code: 'SERVICE_INVALID', message: 'no', origin };
}

function namespace(name: string): NamespaceSummary {
  return {
    name,
    clusterIP: 1,
    headless: 2,
    externalName: 3,
    endpoints: 4,
    pods: 12345,
    external: 0,
    hosts: 0,
  };
}

describe('startupText()', () => {
  test('shows names, refusals, addresses and a line to paste', () => {
    const text = startupText(
      started({
        files: 2,
        names: 34,
        namespaces: [namespace('default'), namespace('kube-system')],
        passedOver: [
          ['ConfigMap', 1],
          ['Deployment', 3],
        ],
        refusedDocuments: 1,
        problems: [problem(20, 'warning'), problem(8), problem(3), problem(9, 'hint')],
        example: 'web.shop',
      }),
    );
    expect(text).toBe(`svcdns 1.2.3: cluster.local, in-addr.arpa, ip6.arpa

NAMESPACE    CLUSTERIP  HEADLESS  EXTERNALNAME  ENDPOINTS   PODS
default              1         2             3          4  12345
kube-system          1         2             3          4  12345

Read 2 files in k8s: 34 names; passed over, as DNS has no use for them: 1 ConfigMap, 3 Deployment
Refused 1 document:
  k8s/web.yaml:3:1: error: no [SERVICE_INVALID]
  k8s/web.yaml:8:1: error: no [SERVICE_INVALID]
  k8s/web.yaml:20:1: warning: no [SERVICE_INVALID]
Listening on 127.0.0.1:1053, [::1]:1053 (UDP and TCP)
UDP transport: native
Admin: http://127.0.0.1:8053/health, /ready, /metrics and /objects
Page: http://127.0.0.1:8053/ in a browser
Forwarding nothing: names that are not answered here are refused

Try: dig @127.0.0.1 -p 1053 web.shop.svc.cluster.local

`);
  });

  test('says when cluster IPs lead nowhere from here', () => {
    const networks = new NetworkSet([parseNetwork('10.96.0.0/16')!]);
    const text = (...clusterIPs: string[]) =>
      startupText({ ...started({ clusterIPs }), networks }).split('\n');
    const said = 'Cluster IPs such as 10.97.0.7 are answered, but no interface or route';
    expect(text('10.96.0.1', '10.97.0.7').join('\n')).toContain(said);
    expect(text('10.96.0.1').join('\n')).not.toContain('Cluster IPs');
    expect(startupText(started({ clusterIPs: ['10.97.0.7'] }))).not.toContain('Cluster IPs');
  });

  test('says why UDP is not carried natively', () => {
    const transport = { name: 'dgram', missing: 'there is no file', threads: 1 };
    expect(startupText(started({}, { transport }))).toContain(
      '\nUDP transport: dgram (there is no file)\n',
    );
  });

  test('shows files of which nothing was read first, in red on a terminal', () => {
    const unread = { ...problem(1, 'error', 'k8s/dump.yaml'), isWholeFile: true as const };
    const summary = { refusedDocuments: 2, problems: [problem(3), unread] };
    const title = 'ERROR: read nothing of 1 file, so all its names are missing:';
    const line = '  k8s/dump.yaml:1:1: error: no [SERVICE_INVALID]';
    const others = 'Refused 2 documents:\n  k8s/web.yaml:3:1: error: no [SERVICE_INVALID]\n';
    expect(startupText(started(summary))).toContain(`12 names\n${title}\n${line}\n${others}`);
    const red = (text: string) => `\u001b[1;31m${text}\u001b[0m`;
    expect(startupText(started(summary, { hasColours: true }))).toContain(
      `12 names\n${red(title)}\n${red(line)}\n${others}`,
    );
    const other = { ...problem(1, 'error', 'k8s/other.yaml'), isWholeFile: true as const };
    expect(startupText(started({ problems: [unread, other] }))).toContain(
      '\nERROR: read nothing of 2 files, so all their names are missing:\n',
    );
  });

  test('shows 20 problems and how to see the others', () => {
    const problems = Array.from({ length: 23 }, (_, at) => problem(at + 1));
    const loaded = [loadedFrom(['/home/me', "/srv/it's"], { refusedDocuments: 23, problems })];
    const text = startupText(started({}, { loaded }));
    expect(text.match(/: error: /g)).toHaveLength(20);
    expect(text).toContain("  … and 3 more: run svcdns check . '/srv/it'\\''s'\n");
  });

  test('shows 5 Services without endpoints, and how to see the others', () => {
    const problems = Array.from({ length: 7 }, (_, at) => ({
      ...problem(at + 1, 'hint'),
      code: 'SERVICE_WITHOUT_ENDPOINTS',
    }));
    const loaded = [loadedFrom(['/home/me/k8s'], { problems: [...problems, problem(9, 'hint')] })];
    const text = startupText(started({}, { loaded }));
    expect(text).toContain(
      '\nWithout endpoints:\n  k8s/web.yaml:1:1: hint: no [SERVICE_WITHOUT_ENDPOINTS]\n',
    );
    expect(text.match(/: hint: /g)).toHaveLength(5);
    expect(text).toContain('  … and 2 more: run svcdns check k8s\n');
  });

  test('shows pending load balancers where names for outside are served', () => {
    const problems = [{ ...problem(3, 'hint'), code: 'LOAD_BALANCER_PENDING' }];
    const external = { zones: ['example.org'], apex: 'dns', ttl: 5, headless: false };
    const text = (zone: Partial<ZoneOptions>) =>
      startupText(started({}, { loaded: [loadedFrom(['/home/me/k8s'], { problems }, zone)] }));
    const shown = 'Pending load balancers:\n  k8s/web.yaml:3:1: hint: no [LOAD_BALANCER_PENDING]\n';
    expect(text({ external })).toContain(`\n${shown}`);
    expect(text({})).not.toContain('Pending');
  });

  test('shows which names leave for which servers', () => {
    const forward = ['corp.example 10.0.0.10:1053 10.0.0.11', '. /etc/resolv.conf'];
    const settings = settingsWith(...forward);
    expect(startupText(started({}, { settings }))).toContain(
      '\nForwarding names of corp.example to 10.0.0.10:1053, 10.0.0.11\nForwarding all other names to the servers in /etc/resolv.conf\n\nTry: ',
    );
    const last = settings.blocks[0]?.block.directives.at(-1);
    const leadingBack = last === undefined ? [] : [last.origin];
    expect(startupText(started({}, { settings, leadingBack }))).toContain(
      '\nForwarding names of corp.example to 10.0.0.10:1053, 10.0.0.11\nNot forwarding all other names, which get SERVFAIL: there is none but this server itself among the servers in /etc/resolv.conf\n',
    );
    const many = Array.from({ length: 8 }, (_, at) => `${at}.example 10.0.0.${at}`);
    const text = startupText(started({}, { settings: settingsWith(...many), loaded: [] }));
    expect(text.split('\n').filter((line) => line.startsWith('Forwarding'))).toHaveLength(5);
    expect(text).toContain('\n… and 3 more\n');
  });

  test('shows each source of names, and problems of the same manifests once', () => {
    const broken = { refusedDocuments: 1, problems: [problem(3)] };
    const loaded = [
      loadedFrom(['/home/me/k8s'], { ...broken, files: 1 }, { zones: ['a.org', ''] }),
      loadedFrom(['/home/me/k8s'], { ...broken, files: 1 }, { zones: ['b.org'] }),
      loadedFrom(['/home/me/other'], { namespaces: [namespace('default')] }, { zones: ['c.org'] }),
    ];
    const text = startupText(started({}, { loaded }));
    expect(text).toBe(`svcdns 1.2.3

a.org, .:
No namespaces: the manifests hold nothing that has a name in DNS

Read 1 file in k8s: 12 names
Refused 1 document:
  k8s/web.yaml:3:1: error: no [SERVICE_INVALID]

b.org:
No namespaces: the manifests hold nothing that has a name in DNS

Read 1 file in k8s: 12 names

c.org:
NAMESPACE  CLUSTERIP  HEADLESS  EXTERNALNAME  ENDPOINTS   PODS
default            1         2             3          4  12345

Read 0 files in other: 12 names
Listening on 127.0.0.1:1053, [::1]:1053 (UDP and TCP)
UDP transport: native
Admin: http://127.0.0.1:8053/health, /ready, /metrics and /objects
Page: http://127.0.0.1:8053/ in a browser
Forwarding nothing: names that are not answered here are refused

Try: dig @127.0.0.1 -p 1053 dns-version.a.org TXT

`);
  });

  test('asks where the server block with the names listens', () => {
    const [one] = [loadedFrom(['/k'], { example: 'web.shop' })];
    const at = (port: number, zone: string, kubernetes: unknown) => ({
      block: { directives: [] },
      listen: [{ address: '', port }],
      zones: [{ zone, port }],
      kubernetes,
    });
    const blocks = [
      at(1001, 'example.org', undefined),
      at(1002, 'in-addr.arpa', one?.source),
      at(1003, 'local', one?.source),
    ];
    const addresses = [1001, 1002, 1003].map((port) => ({ address: '127.0.0.1', port }));
    const settings = { ...settingsWith(), blocks } as never;
    expect(startupText(started({}, { settings, loaded: [one!], addresses }))).toContain(
      '\nTry: dig @127.0.0.1 -p 1003 web.shop.svc.cluster.local\n',
    );
  });

  test('asks for the zone itself where only names for outside are served', () => {
    const external = {
      zones: ['10.in-addr.arpa', 'example.org'],
      apex: 'dns',
      ttl: 5,
      headless: false,
    };
    const one = loadedFrom(['/k'], { example: 'web.shop' }, { external });
    const block = {
      block: { directives: [] },
      listen: [{ address: '127.0.0.1', port: 1053 }],
      zones: [{ zone: 'example.org', port: 1053 }],
      kubernetes: one.source,
    };
    const settings = { ...settingsWith(), blocks: [block] } as never;
    expect(startupText(started({}, { settings, loaded: [one] }))).toContain(
      '\nTry: dig @127.0.0.1 -p 1053 example.org. SOA\n',
    );
  });

  test('shows 40 namespaces and counts the others', () => {
    const namespaces = Array.from({ length: 42 }, (_, at) => namespace(`ns-${at}`));
    const text = startupText(started({ namespaces }));
    expect(text).toContain('\nns-39 ');
    expect(text).toContain('\n… and 2 more namespaces\n');
    expect(text).not.toContain('ns-40');
  });

  test('shows a file name without what a terminal would obey', () => {
    const problems = [problem(1, 'error', 'k8s/\u001b[2Jweb.yaml')];
    const text = startupText(started({ problems }));
    expect(text).toContain('  k8s/\\u001b[2Jweb.yaml:1:1: error: no');
  });

  test.for([
    ['the example', 'web.shop', [['127.0.0.1', 53]], 'dig @127.0.0.1 web.shop.svc.cluster.local'],
    [
      'loopback first',
      'a.b',
      [
        ['10.0.0.9', 53],
        ['127.0.0.1', 53],
      ],
      'dig @127.0.0.1 a.b.svc.cluster.local',
    ],
    ['IPv6', 'a.b', [['fd00::9', 1053]], 'dig @fd00::9 -p 1053 a.b.svc.cluster.local'],
    [
      'no Service',
      undefined,
      [['127.0.0.1', 1053]],
      'dig @127.0.0.1 -p 1053 dns-version.cluster.local TXT',
    ],
  ] as const)('asks in its last line for %s', ([, example, bound, line]) => {
    const addresses = bound.map(([address, port]) => ({ address, port }));
    const summary = example === undefined ? {} : { example };
    expect(startupText(started(summary, { addresses }))).toContain(`\nTry: ${line}\n`);
  });

  test.for([
    [undefined, undefined],
    [
      { address: '', port: 8053 },
      'Admin: http://127.0.0.1:8053/health, /ready, /metrics and /objects',
    ],
    [{ address: '::1', port: 80 }, 'Admin: http://[::1]:80/health, /ready, /metrics and /objects'],
  ] as const)('shows the admin address %o', ([admin, line]) => {
    const text = startupText(started({}, { admin }));
    expect(text.split('\n').find((each) => each.startsWith('Admin'))).toBe(line);
  });

  test('shows where the page is, where there is one', () => {
    const line = 'Page: http://127.0.0.1:8053/ in a browser';
    const settings = settingsWith();
    const without = { ...settings, options: { ...settings.options, page: false } };
    expect(startupText(started({}))).toContain(`\n${line}\n`);
    expect(startupText(started({}, { settings: without }))).not.toContain('Page:');
    expect(startupText(started({}, { admin: undefined }))).not.toContain('Page:');
  });
});
