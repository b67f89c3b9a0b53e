import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output, type Running } from './command.ts';
import { digReply } from './dig-reply.ts';
import { NetworkNamespace } from './namespace.ts';
import { ROOT, startIn, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

// Two hosts with public addresses on one cable. What one asks under its own address is what a
// server sees of queries that somebody else sent in its name.
const CABLE = 'cable0';
const ENDPOINTS = 70;
const CROWD = 'crowd.default.svc.cluster.local';
/** Every test asks from a network of its own, so that none finds the accounts of another. */
const CLIENTS = {
  flood: { server: '198.51.100.53', client: '198.51.100.7/24' },
  cookie: { server: '203.0.113.53', client: '203.0.113.7/24' },
  ipv6: { server: '2001:db8:1::53', client: '2001:db8:1::7/56' },
  private: { server: '10.9.0.53', client: '10.9.0.7/24' },
} as const;
const RATE = 50;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-ratelimit-'));
let near: NetworkNamespace;
let far: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'dig', 'kdig');
  cpSync(ZONES, folder, { recursive: true });
  writeFileSync(join(folder, 'crowd.yaml'), crowd());
  near = await NetworkNamespace.create();
  far = await NetworkNamespace.create();
  await near.connect(far, CABLE);
  for (const { server: address, client } of Object.values(CLIENTS)) {
    await near.addAddress(`${address}/${client.split('/')[1]}`, CABLE);
    await far.addAddress(client, CABLE);
  }
  server = await startIn(near, folder);
});

afterAll(async () => {
  await server?.stop();
  await near?.remove();
  await far?.remove();
  rmSync(folder, { recursive: true });
});

const inside = (command: string) => output(far.command(command.split(' ') as [string]));

interface Flood {
  readonly whole: number;
  readonly truncated: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly ms: number;
}

async function flood(address: string, name: string): Promise<Flood> {
  const script = `${ROOT}/test/system/flood.mjs`;
  return JSON.parse(await inside(`${process.execPath} ${script} ${address} ${name} 1000`));
}

describe('a thousand queries at once', () => {
  test.each(['flood', 'ipv6'] as const)(
    'from a public address (%s) get 50 whole replies a second',
    async (from) => {
      const { server: address } = CLIENTS[from];
      const { whole, truncated, bytesIn, bytesOut, ms } = await flood(address, CROWD);
      expect(whole).toBeGreaterThanOrEqual(RATE);
      expect(whole).toBeLessThanOrEqual(RATE + (RATE * ms) / 1000);
      expect(whole + truncated).toBe(1000);
      // Without a limit it is 22.5 times.
      expect((bytesIn - whole * 1200) / bytesOut).toBeLessThanOrEqual(1);
    },
  );

  test('get a client that is limited then its answer over TCP', async () => {
    const text = await inside(`dig @${CLIENTS.flood.server} +nocookie +bufsize=1232 ${CROWD} A`);
    expect(text).toContain(';; Truncated, retrying in TCP mode.');
    expect(text).toContain('(TCP)');
    expect(digReply(text).answer).toHaveLength(ENDPOINTS);
  });

  test('get a client with a cookie its answer over UDP', async () => {
    const text = await inside(`dig @${CLIENTS.flood.server} +bufsize=1232 ${CROWD} A`);
    expect(text).toContain(';; BADCOOKIE, retrying.');
    expect(text).toContain('(UDP)');
    expect(digReply(text).answer).toHaveLength(ENDPOINTS);
  });

  test('get kdig its answer over UDP with `+cookie +badcookie`', async () => {
    const text = await inside(`kdig @${CLIENTS.flood.server} +cookie +badcookie ${CROWD} A`);
    expect(text).toContain('status: NOERROR');
    expect(text).toContain(`ANSWER: ${ENDPOINTS}`);
    expect(text).toContain('(UDP)');
  });

  test('from a private address get as many whole replies', async () => {
    expect(await flood(CLIENTS.private.server, CROWD)).toMatchObject({ whole: 1000, truncated: 0 });
  });
});

describe('DNS cookies', () => {
  const name = 'redis.default.svc.cluster.local';
  const at = `@${CLIENTS.cookie.server}`;
  const cookieIn = (text: string) => /COOKIE: ([0-9a-f]+)/i.exec(text)?.[1]?.toLowerCase();

  test.each(['dig', 'kdig'])('%s gets one, shows it again and has it back', async (program) => {
    const first = cookieIn(await inside(`${program} ${at} +cookie=0123456789abcdef ${name} A`));
    expect(first).toMatch(/^0123456789abcdef01000000[0-9a-f]{24}$/);
    const text = await inside(`${program} ${at} +cookie=${first} ${name} A`);
    expect(cookieIn(text)).toBe(first);
    expect(text).toContain('10.99.209.251');
    // Not ours: there is a new one.
    const wrong = `${first?.slice(0, -1)}${first?.endsWith('0') ? '1' : '0'}`;
    const renewed = cookieIn(await inside(`${program} ${at} +cookie=${wrong} ${name} A`));
    expect(renewed).toMatch(/^0123456789abcdef01000000[0-9a-f]{24}$/);
    expect(renewed).not.toBe(wrong);
  });

  test('dig finds it good, over UDP and TCP', async () => {
    for (const transport of ['+notcp', '+tcp']) {
      const text = await inside(`dig ${at} ${transport} ${name} A`);
      expect(text).toMatch(/; COOKIE: [0-9a-f]{48} \(good\)/);
    }
  });

  test('dig: a query without a question gets a cookie', async () => {
    const text = await inside(`dig ${at} +header-only +cookie=0123456789abcdef ${name}`);
    expect(text).toContain('status: NOERROR');
    expect(text).toMatch(/; COOKIE: 0123456789abcdef[0-9a-f]{32} \(good\)/);
  });
});

function crowd(): string {
  const addresses = Array.from({ length: ENDPOINTS }, (_, at) => `{ ip: 10.20.30.${at + 1} }`);
  return `apiVersion: v1
kind: Service
metadata: { name: crowd }
spec: { clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: crowd }
subsets: [{ addresses: [${addresses.join(', ')}], ports: [{ port: 80 }] }]
`;
}
