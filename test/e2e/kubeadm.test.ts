import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { soakTest } from '../helpers/runs.ts';
import {
  addressFor,
  FakeUpstream,
  garbageFor,
  good,
  replyTo,
  type Script,
  silent,
  slow,
  truncating,
} from './fake-upstream.ts';
import { extendedErrors, ServerProcess, stockCorefile, WEB } from './server-process.ts';

// The Corefile that kubeadm writes, run by the built program, with upstreams of every kind.

const TRUE = '192.0.2.1';
const LIE = '203.0.113.66';
const FOREIGN = 'www.example.org.';

async function world(...scripts: readonly Script[]) {
  const upstreams = scripts.map((script) => new FakeUpstream(script));
  onTestFinished(async () => {
    for (const upstream of upstreams) await upstream.stop();
  });
  const ports = await Promise.all(upstreams.map((upstream) => upstream.start()));
  const server = await ServerProcess.start(stockCorefile(...ports));
  return { server, upstreams };
}

const garbage: Script = (asked) => {
  for (const bytes of garbageFor(asked, LIE)) asked.send(bytes);
};

/** Answers, and has more to say than it was asked. */
const lying: Script = (asked) => {
  const others = ['victim.example', WEB.slice(0, -1)].map((name) => ({
    ...({ name, type: 'A', ttl: 300, data: LIE } as const),
  }));
  const answers = [...(asked.type === 'A' ? [addressFor(asked, TRUE)] : []), ...others];
  asked.send(replyTo(asked, { answers, additionals: others }));
};

async function answersCluster(server: ServerProcess): Promise<void> {
  for (const transport of ['udp', 'tcp'] as const) {
    const { answer } = await server.ask(WEB, 'A', { transport });
    expect(answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
    const reverse = await server.ask('7.0.96.10.in-addr.arpa.', 'PTR', { transport });
    expect(reverse.answer).toEqual([`7.0.96.10.in-addr.arpa. 30 IN PTR ${WEB}`]);
    const missing = await server.ask('nope.shop.svc.cluster.local.', 'A', { transport });
    expect(missing.rcode).toBe('NXDOMAIN');
  }
}

test('the Corefile of this test is the stock one but for port, address and upstreams', () => {
  const stock = readFileSync(new URL('../fixtures/corefiles/kubeadm', import.meta.url), 'utf8');
  const changed = stockCorefile(5353).split('\n');
  expect(changed.filter((line) => !stock.split('\n').includes(line))).toEqual([
    '.:0 {',
    '    bind 127.0.0.1',
    '    forward . 127.0.0.1:5353 {',
  ]);
});

async function answersOthers(server: ServerProcess, zone = 'example.org.'): Promise<void> {
  for (const [at, transport] of (['udp', 'tcp', 'udp', 'tcp'] as const).entries()) {
    const name = `www${at}.${zone}`;
    const { rcode, answer, flags } = await server.ask(name, 'A', { transport });
    expect([rcode, flags]).toEqual(['NOERROR', 'qr rd ra']);
    expect(answer).toEqual([expect.stringMatching(/ IN A 192\.0\.2\.1$/)]);
    expect(answer[0]?.startsWith(`${name} `)).toBe(true);
  }
}

describe('a good upstream', () => {
  let upstream: FakeUpstream;
  let server: ServerProcess;

  beforeAll(async () => {
    upstream = new FakeUpstream(good(TRUE));
    server = await ServerProcess.launch(stockCorefile(await upstream.start()));
  });
  afterAll(async () => {
    await server.kill();
    await upstream.stop();
  });

  beforeEach(() => {
    upstream.script = good(TRUE);
  });

  test('lets the program start without a word on stderr, and tells where names are sent', async () => {
    const first = /^svcdns \d+\.\d+\.\d+: cluster\.local, in-addr\.arpa, ip6\.arpa$/m;
    expect(server.printed).toMatch(first);
    expect(server.printed).toMatch(/^Forwarding all other names to 127\.0\.0\.1:\d+$/m);
    expect(server.printed).not.toMatch(/warning|error/);
  });

  test('has names outside answered, also when it is slow by 300 ms, truncates or lies', async () => {
    const scripts = [good(TRUE), slow(300, good(TRUE)), truncating(good(TRUE)), lying];
    for (const [at, script] of scripts.entries()) {
      upstream.script = script;
      await answersOthers(server, `${at}.example.org.`);
      await answersCluster(server);
    }
  });

  test('is asked for a name once, and the cache answers then', async () => {
    const before = await server.metric('coredns_cache_hits_total');
    for (let i = 0; i < 5; i++) expect((await server.ask(FOREIGN, 'A')).answer).toHaveLength(1);
    expect(upstream.times('www.example.org a')).toBe(1);
    expect(await server.metric('coredns_cache_hits_total')).toBe(before + 4);
  });

  test('is not asked for names that mean nothing there, nor for those of the cluster', async () => {
    const before = upstream.asked.length;
    const inside = [
      'localhost.',
      'www.test.',
      'printer.local.',
      'x.onion.',
      '9.9.168.192.in-addr.arpa.',
    ];
    for (const name of inside) await server.ask(name, 'A');
    for (const name of ['a.b.svc.cluster.local.', 'cluster.local.', 'x.cluster.local.']) {
      await server.ask(name, 'MX');
    }
    await server.ask('8.8.8.8.in-addr.arpa.', 'PTR');
    const later = upstream.asked.slice(before);
    const asked = later.filter((question) => !question.endsWith(' hinfo'));
    expect(asked).toEqual(['8.8.8.8.in-addr.arpa ptr']);
  });

  test('/health, /ready and /metrics answer, with the names that dashboards ask for', async () => {
    const denied = () => server.metric('coredns_dns_responses_total', 'rcode="NXDOMAIN"');
    const before = await denied();
    await server.ask(FOREIGN, 'A');
    await answersCluster(server);
    const [, admin] = /^Admin: (http:\/\/[^/]+)\//m.exec(server.printed) ?? [];
    for (const path of ['health', 'ready'])
      expect((await fetch(`${admin}/${path}`)).status).toBe(200);
    expect(await server.metric('coredns_dns_requests_total')).toBeGreaterThan(6);
    expect(await denied()).toBe(before + 2);
    expect(await server.metric('coredns_cache_misses_total')).toBeGreaterThan(0);
    expect(await server.metric('coredns_proxy_request_duration_seconds_count')).toBeGreaterThan(0);
  });
});

describe('names outside the cluster', () => {
  // The plugin alone is asked the same with every kind of upstream in
  // test/plugins/forward/upstream/health.test.ts.
  const answered: [upstream: string, scripts: Script[]][] = [
    ['one that is silent, and a good one', [silent, good(TRUE)]],
    ['one that sends garbage, and a good one', [garbage, good(TRUE)]],
    ['one that is slow by 3 s, and a good one', [slow(3000, good(LIE)), good(TRUE)]],
  ];
  soakTest.for(answered)('are answered when the upstream is %s', async ([, scripts]) => {
    const { server } = await world(...scripts);
    await answersOthers(server);
    await answersCluster(server);
  });

  const failed: [upstream: string, script: Script | undefined, code: number][] = [
    ['silent', silent, 22],
    ['one that sends garbage only', garbage, 22],
    ['dead', undefined, 23],
  ];
  soakTest.for(failed)(
    'are SERVFAIL with the reason when the upstream is %s',
    async ([, script, code]) => {
      const { server, upstreams } = await world(script ?? good(TRUE));
      if (script === undefined) await upstreams[0]?.stop();
      for (const transport of ['udp', 'tcp'] as const) {
        const reply = await server.ask(`${transport}.example.org.`, 'A', { transport });
        expect([reply.rcode, extendedErrors(reply)]).toEqual(['SERVFAIL', [code]]);
        await answersCluster(server);
      }
    },
  );

  test('are SERVFAIL with the reason once the upstream is dead, and answered while one is not', async () => {
    const { server, upstreams } = await world(silent, good(TRUE));
    await answersOthers(server);
    await answersCluster(server);
    for (const upstream of upstreams) await upstream.stop();
    const reply = await server.ask('dead.example.org.', 'A');
    expect(reply.rcode).toBe('SERVFAIL');
    expect(extendedErrors(reply)).toHaveLength(1);
    await answersCluster(server);
  });
});

test('SIGTERM: answers go on while it is not ready any more, for the five seconds of `lameduck`, then status 0', async () => {
  const { server } = await world(good(TRUE));
  const ended = server.terminate();
  const [, admin] = /^Admin: (http:\/\/[^/]+)\//m.exec(server.printed) ?? [];
  await eventually(async () => expect((await fetch(`${admin}/ready`)).status).toBe(503));
  await answersCluster(server);
  expect((await server.ask(FOREIGN, 'A')).rcode).toBe('NOERROR');
  expect(await ended).toBe(0);
});
