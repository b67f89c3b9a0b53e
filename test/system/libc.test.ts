import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output, type Running, run } from './command.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { startIn } from './server.ts';
import { requireTools } from './tools.ts';

// The resolv.conf of a Pod in the namespace default.
const RESOLV_CONF = `nameserver 127.0.0.1
search default.svc.cluster.local svc.cluster.local cluster.local
options ndots:5 timeout:5 attempts:1
`;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-libc-'));
const musl = join(folder, 'lookup');
let host: NetworkNamespace;
let resolver: ResolverFiles;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'musl-gcc');
  const source = fileURLToPath(new URL('lookup.c', import.meta.url));
  await output(['musl-gcc', '-static', '-o', musl, source]);
  host = await NetworkNamespace.create();
  resolver = new ResolverFiles(RESOLV_CONF);
  server = await startIn(host);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
  resolver?.remove();
  rmSync(folder, { recursive: true });
});

const lookUp = (...argv: [string, ...string[]]) => run(host.command(resolver.command(argv)));

// Short names go through the search list, and past its wrong turns: web.shop is first asked for as
// web.shop.default.svc.cluster.local, which must not exist at any type.
const FOUND: [string, string, string[]][] = [
  ['a name with an IPv4 address only', 'redis', ['10.99.209.251']],
  ['a fully qualified name', 'redis.default.svc.cluster.local.', ['10.99.209.251']],
  ['a name of another namespace', 'kube-dns.kube-system', ['10.96.0.10']],
  ['a name with addresses of both families', 'web.shop', ['10.96.20.80', 'fd00:10:96::2080']],
  ['a headless Service', 'headless-service', ['172.17.0.10', '172.17.0.11']],
  ['a Pod of a StatefulSet', 'db-1.db.shop', ['172.17.0.21']],
  ['an ExternalName inside the zone', 'cache', ['10.99.209.251']],
  ['an ExternalName from another namespace', 'redis.shop', ['10.99.209.251']],
];

// With their last dot: after the search list a libc tries the name as it stands, which is in none
// of our zones and refused, and musl waits for another answer than that until its time is up.
const MISSING: [string, string][] = [
  ['a Service that does not exist', 'nothing.default.svc.cluster.local.'],
  ['a Service that exists in another namespace only', 'db.default.svc.cluster.local.'],
  ['a namespace that does not exist', 'redis.nowhere.svc.cluster.local.'],
];

describe('glibc', () => {
  test.each(FOUND)('getent ahosts: %s, %s', async (_, name, expected) => {
    const { status, stdout } = await lookUp('getent', 'ahosts', name);
    const streams = stdout.split('\n').filter((line) => line.includes('STREAM'));
    expect(streams.map((line) => line.split(/\s+/)[0]).sort()).toEqual(expected);
    expect(status).toBe(0);
  });

  test.each(FOUND)('getent hosts: %s, %s', async (_, name, expected) => {
    const { status, stdout } = await lookUp('getent', 'hosts', name);
    // It asks for IPv6 first and, when there is some, is content with that.
    const v6 = expected.filter((address) => address.includes(':'));
    const addresses = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[0]);
    expect(addresses.sort()).toEqual(v6.length > 0 ? v6 : expected);
    expect(status).toBe(0);
  });

  test('getent ahosts: the canonical name is the one that the search list led to', async () => {
    const { stdout } = await lookUp('getent', 'ahosts', 'redis');
    expect(stdout.split('\n')[0]).toMatch(/STREAM redis\.default\.svc\.cluster\.local$/);
  });

  test('getent hosts: an address gives its name', async () => {
    const { stdout } = await lookUp('getent', 'hosts', '10.100.187.202');
    expect(stdout).toMatch(/^10\.100\.187\.202\s+my-nginx\.default\.svc\.cluster\.local\n$/);
  });

  test('getent hosts: a short name that leads nowhere, through the whole search list', async () => {
    expect(await lookUp('getent', 'hosts', 'nothing')).toMatchObject({ status: 2, stdout: '' });
  });

  test.each(MISSING)('getent hosts: %s, %s', async (_, name) => {
    expect(await lookUp('getent', 'hosts', name)).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('musl', () => {
  test.each(FOUND)('getaddrinfo: %s, %s', async (_, name, expected) => {
    const { status, stdout } = await lookUp(musl, name);
    expect(stdout.trim().split('\n').sort()).toEqual(expected);
    expect(status).toBe(0);
  });

  test.each(MISSING)('getaddrinfo: %s, %s', async (_, name) => {
    // Not "Try again": that is what SERVFAIL, REFUSED or silence come to.
    expect(await lookUp(musl, name)).toMatchObject({
      status: 1,
      stdout: 'Name does not resolve\n',
    });
  });
});
