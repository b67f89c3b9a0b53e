import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { type Argv, output, Running, run } from './command.ts';
import { Internet } from './internet.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { svcdns, whenReady } from './server.ts';
import { requireTools } from './tools.ts';

// svcdns as the only name server of a container, with the resolv.conf of a Pod: what its libc
// finds, and how many queries that takes. Three hosts: the container, svcdns, and a resolver that
// is the Internet.

const POD = '10.8.0.10';
const SERVER = '10.8.0.1';
const INTERNET = '10.7.0.53';

const RESOLV_CONF = `nameserver ${SERVER}
search default.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`;

const MANIFESTS = `apiVersion: v1
kind: Service
metadata: { name: redis, namespace: default }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 6379 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: 10.96.0.8, ports: [{ port: 5432 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client, namespace: default }
spec: { containers: [{ name: client, image: client }] }
status:
  phase: Running
  podIP: ${POD}
  podIPs: [{ ip: ${POD} }]
  conditions: [{ type: Ready, status: "True" }]
`;

const corefile = (...more: readonly string[]) => `.:53 {
    errors
    log
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests objects.yaml
        pods verified
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf
    cache 30
    ${more.join('\n    ')}
}
`;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-container-'));
const musl = join(folder, 'lookup');
let pod: NetworkNamespace;
let host: NetworkNamespace;
let outside: NetworkNamespace;
let podFiles: ResolverFiles;
let hostFiles: ResolverFiles;
let internet: Internet;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'musl-gcc', 'dig');
  const source = fileURLToPath(new URL('lookup.c', import.meta.url));
  await output(['musl-gcc', '-static', '-o', musl, source]);
  writeFileSync(join(folder, 'objects.yaml'), MANIFESTS);
  pod = await NetworkNamespace.create();
  host = await NetworkNamespace.create();
  outside = await NetworkNamespace.create();
  await host.connect(pod, 'eth0');
  await host.connect(outside, 'wan0');
  await host.addAddress(`${SERVER}/24`, 'eth0');
  await pod.addAddress(`${POD}/24`, 'eth0');
  await host.addAddress('10.7.0.1/24', 'wan0');
  await outside.addAddress(`${INTERNET}/24`, 'wan0');
  podFiles = new ResolverFiles(RESOLV_CONF);
  hostFiles = new ResolverFiles(`nameserver ${INTERNET}\n`);
  internet = await Internet.start(outside, INTERNET);
});

afterAll(async () => {
  await internet?.stop();
  for (const namespace of [pod, host, outside]) await namespace?.remove();
  for (const files of [podFiles, hostFiles]) files?.remove();
  rmSync(folder, { recursive: true });
});

/** The program on the host, with the host's own resolv.conf. */
async function start(...args: readonly string[]): Promise<Running> {
  const server = new Running(host.command(hostFiles.command(svcdns(...args))), { cwd: folder });
  await whenReady(server);
  return server;
}

async function startWith(...more: readonly string[]): Promise<Running> {
  // Not `Corefile`: the server takes a file of that name in its working folder unasked.
  const path = join(folder, 'named.corefile');
  writeFileSync(path, corefile(...more));
  return start('-conf', path);
}

const inPod = (argv: Argv) => run(pod.command(podFiles.command(argv)));

/** What a libc finds: addresses, or nothing. */
const LIBCS = {
  glibc: async (name: string) => {
    const { status, stdout } = await inPod(['getent', 'ahosts', name]);
    const streams = stdout.split('\n').filter((line) => line.includes('STREAM'));
    return status === 0 ? streams.map((line) => line.split(/\s+/)[0]).join(' ') : '-';
  },
  musl: async (name: string) => {
    const { status, stdout } = await inPod([musl, name]);
    return status === 0 ? stdout.trim().split('\n').join(' ') : '-';
  },
};

/**
 * The questions of the container that a server has logged, as `A redis.default.svc.cluster.local.`
 */
function asked(server: Running): string[] {
  return [...server.printed.matchAll(/\\?"(A|AAAA) IN (\S+) udp /g)].map(
    ([, type, name]) => `${type} ${name}`,
  );
}

// Both libcs ask for A and AAAA at a time, in each search domain in turn, and for the name as it
// stands last. A name with its last dot is not searched for. `autopath` walks the search list for
// them, so that the first question of each type brings the answer; that a name does not exist they
// have to find out themselves.
//                  name                          found          queries  with autopath
const LOOKUPS: [string, string, string, number, number][] = [
  ['a short name', 'redis', '10.96.0.7', 2, 2],
  ['with its namespace', 'redis.default', '10.96.0.7', 4, 2],
  ['of another namespace', 'db.shop', '10.96.0.8', 4, 2],
  ['with `svc`', 'redis.default.svc', '10.96.0.7', 6, 2],
  ['the whole name', 'redis.default.svc.cluster.local', '10.96.0.7', 8, 2],
  ['the whole name with its last dot', 'redis.default.svc.cluster.local.', '10.96.0.7', 2, 2],
  ['a name of the Internet', 'www.example.org', '192.0.2.80', 8, 2],
  ['a name of the Internet with its last dot', 'www.example.org.', '192.0.2.80', 2, 2],
  ['a missing short name', 'nothing', '-', 8, 8],
  ['a missing name of the Internet', 'nothing.example.org', '-', 8, 8],
  ['a missing name of the cluster', 'nothing.default.svc.cluster.local.', '-', 2, 2],
];

describe.each([
  ['without autopath', [], 3],
  ['with autopath @kubernetes', ['autopath @kubernetes'], 4],
] as const)('a container %s', (_title, more, column) => {
  let server: Running;

  beforeAll(async () => {
    server = await startWith(...more);
  });

  afterAll(() => server?.stop());

  describe.each(['glibc', 'musl'] as const)('%s', (libc) => {
    test.each(LOOKUPS)('%s: %s', async (...row) => {
      const [, name, found] = row;
      const before = asked(server).length;
      expect(await LIBCS[libc](name)).toBe(found);
      // A line is written once the reply has left.
      await eventually(() =>
        expect(asked(server).length - before).toBeGreaterThanOrEqual(row[column]),
      );
      const questions = asked(server).slice(before);
      expect({ questions, count: questions.length }).toMatchObject({ count: row[column] });
    });
  });

  test('nothing of the cluster, nor of its search list, was sent to the Internet', () => {
    expect(asked(server).length).toBeGreaterThan(0);
    expect(internet.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
    expect(internet.asked).toContain('www.example.org A udp');
  });
});

describe('the program as it comes, without a Corefile', () => {
  async function startBuiltIn(): Promise<Running> {
    const server = await start('--manifests', 'objects.yaml', '--listen', ':53', '--admin', 'off');
    onTestFinished(() => server.stop());
    return server;
  }

  test('answers the container for the cluster and for the Internet, and says so', async () => {
    const server = await startBuiltIn();
    expect(server.printed).toContain(
      '\nForwarding all other names to the servers in /etc/resolv.conf\n',
    );
    for (const libc of [LIBCS.glibc, LIBCS.musl]) {
      expect(await libc('redis')).toBe('10.96.0.7');
      expect(await libc('web.example.net')).toBe('192.0.2.81');
      expect(await libc('nothing.example.org')).toBe('-');
    }
    // The second libc was answered from the cache.
    expect(internet.asked.filter((one) => one === 'web.example.net A udp')).toHaveLength(1);
  });

  test('goes on for the cluster when the Internet is gone, and does not let the container wait', async () => {
    await startBuiltIn();
    await host.ip('link', 'set', 'wan0', 'down');
    onTestFinished(() => host.ip('link', 'set', 'wan0', 'up'));
    for (const libc of [LIBCS.glibc, LIBCS.musl]) {
      expect(await libc('redis')).toBe('10.96.0.7');
      expect(await libc('db.shop')).toBe('10.96.0.8');
    }
    const dig = ['dig', `@${SERVER}`, '+tries=1', '+time=4', 'gone.example.org'] as const;
    expect(await output(pod.command(dig))).toMatch(/status: SERVFAIL[\s\S]*EDE: 2[23]/);
  });

  const SENT_ON = 'Forwarding all other names to the servers in /etc/resolv.conf';
  test.each([
    ['empty', '', SENT_ON],
    ['without a nameserver', 'search example.org\n', SENT_ON],
    [
      'pointing at svcdns itself',
      `nameserver ${SERVER}\nnameserver 127.0.0.1\n`,
      'Not forwarding all other names, which get SERVFAIL: there is none but this server itself among the servers in /etc/resolv.conf',
    ],
  ])('starts with a resolv.conf that is %s, and answers for the cluster', async (_, text, line) => {
    const files = new ResolverFiles(text);
    onTestFinished(() => files.remove());
    const argv = svcdns('--manifests', 'objects.yaml', '--listen', ':53', '--admin', 'off');
    const server = new Running(host.command(files.command(argv)), { cwd: folder });
    onTestFinished(() => server.stop());
    await whenReady(server);
    expect(server.printed.split('\n')).toContain(line);
    expect(await LIBCS.glibc('redis')).toBe('10.96.0.7');
    const reply = await output(pod.command(['dig', `@${SERVER}`, 'www.example.org']));
    expect(reply).toContain('status: SERVFAIL');
  });
});
