import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Server, type ServerOptions, SettingsError, startServer } from '../../src/index.ts';
import { ask } from '../helpers/ask.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { seenAt, serviceText } from './seen.ts';

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'svcdns-server-'));
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: ServerOptions = {}): Promise<Server> {
  server = await startServer({ manifests: folder, ...options });
  return server;
}

const seen = (name: string, addresses: string[]) => seenAt(server!, name, addresses);

describe('startServer() and the resolver of Node.js', () => {
  let resolver: Resolver;

  beforeEach(async () => {
    writeFileSync(
      join(folder, 'shop.yaml'),
      `${serviceText('web', '10.96.0.7')}
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: None, ports: [{ name: sql, port: 5432 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
ports: [{ name: sql, port: 5432 }]
endpoints: [{ addresses: [10.1.0.1], hostname: db-0 }, { addresses: [10.1.0.2] }]
---
apiVersion: v1
kind: Service
metadata: { name: alias, namespace: shop }
spec: { type: ExternalName, externalName: web.shop.svc.cluster.local }
`,
    );
    const { address } = await start();
    resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([`${address.address}:${address.port}`]);
  });

  test('A, headless A, SRV, CNAME, PTR and TXT', async () => {
    expect(await resolver.resolve4('web.shop.svc.cluster.local')).toEqual(['10.96.0.7']);
    expect(await resolver.resolve4('db.shop.svc.cluster.local')).toEqual(['10.1.0.1', '10.1.0.2']);
    expect(await resolver.resolve4('db-0.db.shop.svc.cluster.local')).toEqual(['10.1.0.1']);
    expect(await resolver.resolve4('alias.shop.svc.cluster.local')).toEqual(['10.96.0.7']);
    expect(await resolver.resolveCname('alias.shop.svc.cluster.local')).toEqual([
      'web.shop.svc.cluster.local',
    ]);
    // Node.js 26 adds a `type` to each.
    expect(await resolver.resolveSrv('_sql._tcp.db.shop.svc.cluster.local')).toMatchObject([
      { name: 'db-0.db.shop.svc.cluster.local', port: 5432, priority: 0, weight: 50 },
      { name: '10-1-0-2.db.shop.svc.cluster.local', port: 5432, priority: 0, weight: 50 },
    ]);
    expect(await resolver.reverse('10.96.0.7')).toEqual(['web.shop.svc.cluster.local']);
    expect(await resolver.resolveTxt('dns-version.cluster.local')).toEqual([['1.1.0']]);
  });

  test('AAAA of an IPv4 name is "no data", a missing name is "not found"', async () => {
    await expect(resolver.resolve6('web.shop.svc.cluster.local')).rejects.toMatchObject({
      code: 'ENODATA',
    });
    await expect(resolver.resolve4('nope.shop.svc.cluster.local')).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });
});

describe('startServer() and names outside its zones', () => {
  test('refuses them when it is told of no upstream', async () => {
    await start();
    expect((await ask(server!.address, 'www.example.org.', 'A')).rcode).toBe('REFUSED');
    expect((await ask(server!.address, '9.9.9.10.in-addr.arpa.', 'PTR')).rcode).toBe('NXDOMAIN');
  });

  test('asks the upstreams it is given, and nobody of the names of its zones', async () => {
    const upstream = new FakeUpstream('192.0.2.1');
    onTestFinished(() => upstream.stop());
    await start({ forward: `127.0.0.1:${await upstream.start()}` });
    const outside = await ask(server!.address, 'www.example.org.', 'A');
    expect(outside.answer).toEqual([expect.stringMatching(/^www\.example\.org\. \d+ IN A 192/)]);
    const inside = await ask(server!.address, 'nope.shop.svc.cluster.local.', 'A');
    expect(inside.rcode).toBe('NXDOMAIN');
    expect(upstream.asked.filter((question) => question.endsWith(' a'))).toEqual([
      'www.example.org a',
    ]);
  });

  test.for([
    [{ forward: [] }, 'Cannot use an empty list'],
    [{ forward: ['off', '127.0.0.1'] }, 'or off alone'],
    [
      { forward: '127.0.0.1', config: 'Corefile' },
      "Corefile:34:5, which says 'forward . /etc/resolv.conf'",
    ],
  ] as const)('refuses %o', async ([options, message]) => {
    await expect(start(options)).rejects.toThrow(message);
  });
});

test('startServer() follows the symlink swap of a ConfigMap mount', async () => {
  const version = (name: string, address: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'a.yaml'), serviceText('web', address));
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  version('..2026_01', '10.96.1.1');
  symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
  await start();
  await seen('web.shop', ['10.96.1.1']);
  version('..2026_02', '10.96.1.2');
  rmSync(join(folder, '..2026_01'), { recursive: true });
  await seen('web.shop', ['10.96.1.2']);
});

test('startServer() without a watcher sees changes at the next rescan', async () => {
  writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.1'));
  await start({ watch: false, rescanSeconds: 0.1 });
  writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.2'));
  await seen('web.shop', ['10.96.0.2']);
});

test('startServer() holds a mass deletion back until a rescan has seen it too', async () => {
  const many = Array.from({ length: 12 }, (_, i) => serviceText(`s${i}`, `10.96.2.${i + 1}`));
  writeFileSync(join(folder, 'many.yaml'), many.join('\n'));
  writeFileSync(join(folder, 'one.yaml'), serviceText('one', '10.96.3.1'));
  await start({ rescanSeconds: 2 });
  unlinkSync(join(folder, 'many.yaml'));
  writeFileSync(join(folder, 'other.yaml'), serviceText('other', '10.96.3.2', 'else'));
  await seen('s0.shop', ['10.96.2.1']);
  await seen('s0.shop', []);
  await seen('other.else', ['10.96.3.2']);
});

describe('startServer() fails as a whole', () => {
  test.for(['udp', 'tcp'] as const)(
    'when the %s port is taken, naming the holder',
    async (proto) => {
      const holder = proto === 'udp' ? createSocket('udp4') : createServer();
      const port = await new Promise<number>((resolve) => {
        const tell = () => resolve((holder.address() as { port: number }).port);
        if (holder instanceof createServer().constructor) {
          (holder as ReturnType<typeof createServer>).listen(0, '127.0.0.1', tell);
        } else {
          (holder as ReturnType<typeof createSocket>).bind(0, '127.0.0.1', tell);
        }
      });
      await expect(start({ listen: [`127.0.0.1:${port}`] })).rejects.toThrow(
        new RegExp(`127\\.0\\.0\\.1:${port} \\(${proto}\\).*pid ${process.pid}`, 's'),
      );
      holder.close();
    },
  );

  test('for options that cannot be, each with a problem', async () => {
    await expect(start({ listen: ['localhost:53'] })).rejects.toThrow(SettingsError);
    await expect(start({ ttl: 4000 })).rejects.toThrow(/ttl.*4000.*0 to 3600/);
    for (const wrong of [
      { ttl: 1.5 },
      { pods: 'bogus' },
      { zones: [] },
      { zones: ['bad..zone'] },
      { manifests: [] },
      { manifests: join(folder, 'missing') },
      { logLevel: 'bogus' },
      { manifest: folder },
    ]) {
      await expect(start(wrong as ServerOptions)).rejects.toThrow(SettingsError);
    }
  });
});

test('startServer() lets go of everything when closed', async () => {
  writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.1'));
  const first = await start();
  const { port } = first.address;
  await first.close();
  const second = await start({ listen: [`127.0.0.1:${port}`] });
  expect(second.address).toEqual({ address: '127.0.0.1', port });
  await seen('web.shop', ['10.96.0.1']);
});

test('startServer() tells what it loaded and what it refused', async () => {
  writeFileSync(
    join(folder, 'a.yaml'),
    `${serviceText('web', '10.96.0.1')}\napiVersion: v1\nkind: Service\nmetadata: { name: Bad }\n`,
  );
  const { summary } = await start();
  expect(summary).toMatchObject({ files: 1, refusedDocuments: 1, example: 'web.shop' });
  expect(summary.problems.map(({ origin }) => origin.line)).toContain(9);
});
