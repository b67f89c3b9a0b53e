import type { Answer, Packet } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { type AskOptions, ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { eventually } from '../helpers/eventually.ts';
import { samples } from '../helpers/plugin-harness.ts';
import type { Reply } from '../helpers/reply.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Asked, FakeUpstream, replyTo, type Script } from './fake-upstream.ts';

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n';
/** Its address has a name from the moment that this is there. */
const WEB = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 11.0.0.7, ports: [{ name: http, port: 80 }] }
`;
const REVERSE = '7.0.0.11.in-addr.arpa.';

let folder: TempFolder;
let upstream: FakeUpstream;
let port: number;
let metrics: Metrics;
let app: App | undefined;

beforeEach(async () => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', NAMESPACE);
  metrics = new Metrics();
  upstream = new FakeUpstream(says(({ name }) => ({ answers: [address(name, '192.0.2.1')] })));
  port = await upstream.start();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await upstream.stop();
  folder.dispose();
});

const KUBERNETES = `kubernetes cluster.local in-addr.arpa {
  manifests zones
  fallthrough in-addr.arpa
}`;

function settings(...lines: string[]): Settings {
  const config = folder.write(
    'Corefile',
    `.:0 {\nbind 127.0.0.1\n${lines.join('\n')}\nforward . 127.0.0.1:${port}\n}\n`,
  );
  const loaded = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (loaded.settings === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

async function start(...lines: string[]): Promise<App> {
  const log = createLoggerTo('silent', { write: () => {} });
  app = await startAppHere(settings(...lines), { log, metrics });
  await app.whenSynced();
  return app;
}

const ask = (name: string, type = 'A', options: AskOptions = {}) =>
  askServer(app!.addresses[0]!, name, type, { edns: {}, ...options });

type Said = Pick<Packet, 'answers' | 'authorities'> & { readonly rcode?: number };

/** Says to a query what it should, given how often this question has come. */
function says(say: (asked: Asked, times: number) => Said): Script {
  return (asked) => {
    const times = upstream.times(`${asked.name} ${asked.type}`.toLowerCase());
    const { rcode = 0, ...sections } = say(asked, times);
    asked.send(replyTo(asked, { flags: 0x0180 | rcode, ...sections }));
  };
}

const address = (name: string, data: string, ttl = 300): Answer => ({ type: 'A', name, ttl, data });

/** An alias, an alias of that … and at the end an address. */
function aliases(name: string, links: number): Answer[] {
  const at = (i: number) => (i === 0 ? name : `n${i}.example.org`);
  const chain = Array.from({ length: links }, (_, i): Answer => {
    return { type: 'CNAME', name: at(i), ttl: 300, data: at(i + 1) };
  });
  return [...chain, address(at(links), '192.0.2.1')];
}

/** EDNS options of a query, `CODE:HEX` each. */
function optionsOf({ additionals = [] }: Packet): string {
  const options = additionals.flatMap((record) => (record.type === 'OPT' ? record.options : []));
  // dns-packet keeps the bytes of every option, also of those that it reads.
  return (options as { code: number; data: Buffer }[])
    .map(({ code, data }) => `${code}:${data.toString('hex')}`)
    .join(' ');
}

/** The codes of its extended errors (RFC 8914). */
const errors = ({ opt }: Reply) =>
  (opt?.options ?? [])
    .filter(({ code }) => code === 15)
    .map(({ data }) => Buffer.from(data).readUInt16BE(0));

const total = async (name: string) =>
  (await samples(metrics, `coredns_cache_${name}_total{`)).reduce(
    (sum, sample) => sum + Number(sample.split(' ').at(-1)),
    0,
  );

describe('A server with `cache` and `forward`', () => {
  test('refreshes a name in use behind a reply, so that its clients never wait', async () => {
    // 2 s left are 90 % of 2 s, rounded up: the first hit is late enough.
    await start('cache {\nprefetch 1 1m 90%\n}');
    upstream.script = says(({ name }, times) => ({
      answers: [address(name, `192.0.2.${times}`, 2)],
    }));
    expect((await ask('www.example.org.')).answer).toEqual(['www.example.org. 2 IN A 192.0.2.1']);
    const hit = await ask('www.example.org.');
    expect(hit.answer).toEqual([expect.stringMatching(/192\.0\.2\.1$/)]);
    await eventually(async () => {
      expect((await ask('www.example.org.')).answer.join()).not.toMatch(/192\.0\.2\.1$/);
    });
    expect(await total('prefetch')).toBeGreaterThan(0);
    expect(await total('misses')).toBe(1);
  });

  test.for([
    ['immediate', 'serve_stale 1h immediate 30s 0s'],
    ['verify', 'serve_stale 1h verify 1s 30s 0s'],
  ] as const)(
    'serves what is old while its upstream fails, and what is new after, with %s',
    async ([, option]) => {
      await start(`cache {\n${option}\n}`);
      upstream.script = says(({ name }, times) =>
        times === 1 ? { answers: [address(name, '192.0.2.1', 1)] } : { rcode: 2 },
      );
      expect((await ask('www.example.org.')).answer).toEqual(['www.example.org. 1 IN A 192.0.2.1']);
      await eventually(async () => {
        const stale = await ask('www.example.org.');
        expect(stale.answer).toEqual(['www.example.org. 30 IN A 192.0.2.1']);
        expect(errors(stale)).toEqual([3]);
        expect(stale.flags).not.toContain('aa');
      });
      expect(await total('served_stale')).toBeGreaterThan(0);
      upstream.script = says(({ name }) => ({ answers: [address(name, '192.0.2.2', 60)] }));
      await eventually(async () => {
        const fresh = await ask('www.example.org.');
        expect(fresh.answer).toEqual([expect.stringMatching(/192\.0\.2\.2$/)]);
        expect(errors(fresh)).toEqual([]);
      });
    },
  );

  test('says that a stale name does not exist with EDE 19', async () => {
    await start('cache {\nserve_stale\n}');
    const data = {
      mname: 'ns.org',
      rname: 'host.org',
      serial: 1,
      refresh: 1,
      retry: 1,
      expire: 1,
      minimum: 1,
    };
    upstream.script = says((_, times) =>
      times === 1
        ? { rcode: 3, authorities: [{ type: 'SOA', name: 'org', ttl: 3600, data }] }
        : { rcode: 2 },
    );
    expect((await ask('gone.org.')).rcode).toBe('NXDOMAIN');
    await eventually(async () => {
      const stale = await ask('gone.org.');
      expect([stale.rcode, ...errors(stale)]).toEqual(['NXDOMAIN', 19]);
    });
  });

  test.for([
    [1, 'NOERROR'],
    [11, 'NOERROR'],
    [12, 'SERVFAIL'],
    [40, 'SERVFAIL'],
  ] as const)(
    'answers a chain of %d aliases %s, and asks no more for it the second time',
    async ([links, rcode]) => {
      await start('cache');
      upstream.script = says(({ name }) => ({ answers: aliases(name, links) }));
      const first = await ask('www.example.org.');
      const queries = upstream.times('www.example.org a');
      const second = await ask('www.example.org.');
      expect([first.rcode, second.rcode]).toEqual([rcode, rcode]);
      const records = rcode === 'NOERROR' ? links + 1 : 0;
      expect([first.answer.length, second.answer.length]).toEqual([records, records]);
      expect(queries).toBeLessThanOrEqual(3); // RFC 9520 section 3.2: two retries
      expect(upstream.times('www.example.org a')).toBe(queries);
      expect(upstream.times('n1.example.org a')).toBe(0);
    },
  );

  test('keeps a failure, and says so with EDE 13', async () => {
    await start('cache');
    upstream.script = says(() => ({ rcode: 2 }));
    const first = await ask('www.example.org.');
    const second = await ask('www.example.org.');
    expect([first.rcode, second.rcode]).toEqual(['SERVFAIL', 'SERVFAIL']);
    expect(errors(second)).toEqual([13]);
    expect(upstream.times('www.example.org a')).toBe(1);
  });

  test('keeps the answer that came after its client was told SERVFAIL', async () => {
    await start('cache');
    const good = upstream.script;
    const held: (() => void)[] = [];
    upstream.script = (asked) => void held.push(() => good(asked));
    const first = await ask('www.example.org.');
    expect([first.rcode, ...errors(first)]).toEqual(['SERVFAIL', 22]);
    const queries = upstream.times('www.example.org a');
    upstream.script = good;
    for (const answer of held) answer();
    await eventually(async () => {
      expect((await ask('www.example.org.')).answer).toEqual([
        expect.stringMatching(/192\.0\.2\.1$/),
      ]);
    });
    expect(upstream.times('www.example.org a')).toBe(queries);
  });

  test.for(['cache', 'cache {\nserve_stale 1h verify\n}'])(
    'keeps no failure because nobody listens upstream, with %j',
    async (line) => {
      await start(line);
      await upstream.stop();
      for (let i = 0; i < 3; i++) {
        const reply = await ask('www.example.org.');
        expect([reply.rcode, ...errors(reply)]).toEqual(['SERVFAIL', 23]);
      }
    },
  );

  test('sends options of `rewrite` upstream, and keeps the answers to each apart', async () => {
    await start(
      'cache 30',
      'rewrite continue edns0 local set 0xffee {client_ip}',
      'rewrite edns0 subnet set 16 56 revert',
    );
    for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.1', '127.0.0.2']) {
      const data = Buffer.from('12345678');
      const options = [10, 65001].map((code) => ({ code, data }));
      const reply = await ask('www.example.org.', 'A', { from, edns: { options } });
      expect(reply.answer).toEqual([expect.stringMatching(/ IN A 192\.0\.2\.1$/)]);
      // The cookie is ours; what was added for the upstream does not come back.
      expect(reply.opt?.options.map(({ code }) => code)).toEqual([10]);
    }
    const sent = upstream.queries.map(({ packet }) => optionsOf(packet));
    expect(sent).toEqual(['65518:7f000001 8:000110007f00', '65518:7f000002 8:000110007f00']);
  });

  test('brings down TTLs of what it does not keep', async () => {
    await start('cache 30');
    const plain = await ask('www.example.org.', 'A', { rd: false });
    const options = [{ code: 8, data: Buffer.from('00011800c00002', 'hex') }];
    const subnet = await ask('ftp.example.org.', 'A', { edns: { options } });
    expect([...plain.answer, ...subnet.answer]).toEqual([
      'www.example.org. 30 IN A 192.0.2.1',
      'ftp.example.org. 30 IN A 192.0.2.1',
    ]);
  });

  test('repeats the letters of each client', async () => {
    await start('cache');
    for (const name of ['WWW.example.org.', 'www.EXAMPLE.org.', 'www.example.org.']) {
      expect((await ask(name)).answer).toEqual([
        expect.stringMatching(new RegExp(`^${name} \\d+ IN A`)),
      ]);
    }
    expect(upstream.times('www.example.org a')).toBe(1);
  });
});

describe('A cached name that becomes ours', () => {
  test.for([
    ['past the chain', ['cache']],
    ['through the chain', ['cache', 'nsid x']],
  ] as const)('is answered from the manifests at once, %s', async ([, lines]) => {
    await start(KUBERNETES, ...lines);
    upstream.script = says(({ name }) => ({
      answers: [{ type: 'PTR', name, ttl: 300, data: 'host.example.org' }],
    }));
    for (let i = 0; i < 2; i++) {
      expect((await ask(REVERSE, 'PTR')).answer).toEqual([
        expect.stringMatching(/PTR host\.example\.org\.$/),
      ]);
    }
    expect(upstream.times(`${REVERSE.slice(0, -1)} ptr`)).toBe(1);
    folder.write('zones/web.yaml', WEB);
    await eventually(async () =>
      expect((await ask('web.shop.svc.cluster.local.')).rcode).toBe('NOERROR'),
    );
    expect((await ask(REVERSE, 'PTR')).answer).toEqual([
      `${REVERSE} 5 IN PTR web.shop.svc.cluster.local.`,
    ]);
  });

  test.for([
    ['a kubernetes zone', ['kubernetes example.org {\nmanifests zones\n}'], 'NXDOMAIN'],
    ['a line of hosts', ['hosts {\n10.0.0.9 www.example.org\nfallthrough\n}'], '10.0.0.9'],
    [
      'a template',
      ['template IN A example.org {\nanswer "{{ .Name }} 60 IN A 10.0.0.8"\n}'],
      '10.0.0.8',
    ],
    ['a line of forward', ['forward example.org 127.0.0.1:1'], 'SERVFAIL'],
  ] as const)('by %s is answered so after the reload', async ([, lines, expected]) => {
    const { reload } = await start('cache', 'nsid x');
    await ask('www.example.org.');
    expect((await ask('www.example.org.')).answer.join()).toMatch(/192\.0\.2\.1$/);
    expect(await reload(settings('cache', 'nsid x', ...lines))).toEqual([]);
    await app!.whenSynced();
    const reply = await ask('www.example.org.');
    expect(`${reply.rcode} ${reply.answer.join()}`).toContain(expected);
    expect(reply.answer.join()).not.toContain('192.0.2.1');
    expect(upstream.times('www.example.org a')).toBe(1);
  });

  test('and names beside it stay cached over a reload that does not touch what stands below', async () => {
    const { reload } = await start('cache', 'nsid x');
    await ask('www.example.net.');
    expect(
      await reload(
        settings('cache 60', 'nsid y', 'hosts {\n10.0.0.9 www.example.org\nfallthrough\n}'),
      ),
    ).toEqual([]);
    expect((await ask('www.example.net.')).answer.join()).toMatch(/192\.0\.2\.1$/);
    expect(upstream.times('www.example.net a')).toBe(1);
  });
});
