import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  addressFor,
  FakeUpstream,
  good,
  replyTo,
  type Script,
  silent,
} from '../e2e/fake-upstream.ts';
import {
  extendedErrors,
  MANIFESTS,
  ServerProcess,
  stockCorefile,
  WEB,
} from '../e2e/server-process.ts';
import { rcodeOf, UdpClient } from '../e2e/udp-client.ts';
import { askBytes } from '../helpers/ask.ts';
import { eventually, eventuallyTrue } from '../helpers/eventually.ts';
import { freePort } from '../helpers/free-port.ts';
import { encodeQuery } from '../helpers/query.ts';

// Too much of everything, loops and reflection, against the stock Corefile of the built server.
//
// Not on loopback: source ports 7, 13, 17, 19 and 37 (A15) need a privilege, and are in
// test/system/kubeadm.test.ts; a limit on replies for each network (A16) is not offered.

const TRUE = '192.0.2.1';

async function world(script: Script, manifests = MANIFESTS) {
  const upstream = new FakeUpstream(script);
  onTestFinished(() => upstream.stop());
  const server = await ServerProcess.start(stockCorefile(await upstream.start()), manifests);
  return { upstream, server };
}

async function clientOf(server: ServerProcess, window?: number, from?: string) {
  const options = { ...(window && { window }), ...(from && { from }) };
  const client = await UdpClient.open(server.address, options);
  onTestFinished(() => client.close());
  return client;
}

async function answersWeb(server: ServerProcess): Promise<void> {
  expect((await server.ask(WEB, 'A')).answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
}

test('A3 ten thousand clients ask one cold name: the upstream is asked once, and all have the answer', async () => {
  let release = () => {};
  const { server, upstream } = await world((asked) => {
    if (/^cold/i.test(asked.name)) release = () => good(TRUE)(asked);
    else good(TRUE)(asked);
  });
  const clients = await Promise.all(Array.from({ length: 20 }, () => clientOf(server)));
  const query = encodeQuery('cold.example.org.', 'A');
  // Two thousand while the upstream keeps them waiting. All come in through one socket, in order,
  // so an answer to a later question says that they are all there.
  for (let round = 0; round < 10; round++) {
    for (const client of clients) for (let i = 0; i < 10; i++) client.send(query);
    await answersWeb(server);
  }
  expect(clients.flatMap(({ received }) => received)).toEqual([]);
  release();
  await eventuallyTrue(() => clients.flatMap(({ received }) => received).length === 2000);
  const queries = Array.from({ length: 400 }, () => query);
  await Promise.all(clients.map((client) => client.askAll(queries)));
  const replies = clients.flatMap(({ received }) => received);
  const outcomes = replies.map((reply) => `${rcodeOf(reply)} ${reply.subarray(-4).join('.')}`);
  expect(new Set(outcomes)).toEqual(new Set([`0 ${TRUE}`]));
  expect(replies.length).toBeGreaterThanOrEqual(10_000);
  expect(upstream.times('cold.example.org a')).toBe(1);
});

describe('A13 what is forwarded comes back', () => {
  test('by way of a peer: it is refused with the reason, and the cluster goes on', async () => {
    const relay = createSocket('udp4').bind(0, '127.0.0.1');
    await once(relay, 'listening');
    onTestFinished(() => void relay.close());
    let port: number | undefined;
    // The peer sends every query back to us, from a port of its own.
    const { server, upstream } = await world((asked) => {
      if (port !== undefined && asked.transport === 'udp')
        relay.send(asked.bytes, port, '127.0.0.1');
    });
    port = server.address.port;
    await eventually(async () => expect(await server.metric('svcdns_loop_detected')).toBe(1));
    const reply = await server.ask('www.example.org.', 'A');
    expect([reply.rcode, reply.answer]).toEqual(['SERVFAIL', []]);
    expect(extendedErrors(reply)).toHaveLength(1);
    await answersWeb(server);
    expect(server.printed).toMatch(/Loop \(127\.0\.0\.1[^)]*\) detected/);
    expect(server.isRunning).toBe(true);
    expect(upstream.queries.length).toBeLessThan(200);
  });

  test('at once, because the upstream is this server itself: it is not asked', async () => {
    const port = freePort();
    const corefile = stockCorefile(port).replace('.:0 {', `.:${port} {`);
    const server = await ServerProcess.start(corefile);
    const reply = await server.ask('www.example.org.', 'A');
    expect([reply.rcode, reply.answer]).toEqual(['SERVFAIL', []]);
    await answersWeb(server);
    expect(await server.metric('coredns_dns_requests_total')).toBeLessThan(20);
    expect(server.isRunning).toBe(true);
  });
});

test('A14 no name ends the process, nor is taken for a probe: guesses, and a probe that somebody has seen', async () => {
  const { server, upstream } = await world(good(TRUE));
  const client = await clientOf(server);
  const random = (seed: number) => ((seed * 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  const guesses = Array.from({ length: 5000 }, (_, at) => {
    const label = [0, 1, 2, 3].map((part) => random(at * 4 + part)).join('');
    return encodeQuery(`${label}.${at % 2 === 0 ? '' : `${random(at)}.`}`, 'HINFO');
  });
  await client.askAll(guesses);
  await eventuallyTrue(() =>
    upstream.asked.some((question) => /^[0-9a-f]{32}[^.]* hinfo/.test(question)),
  );
  // The probe is over: its name, sent again by who saw it, says nothing any more.
  const probes = new Set(upstream.asked.filter((question) => question.endsWith(' hinfo')));
  await client.askAll([...probes].map((probe) => encodeQuery(`${probe.split(' ')[0]}.`, 'HINFO')));
  expect(await server.metric('svcdns_loop_detected')).toBe(0);
  expect((await server.ask('www.example.org.', 'A')).rcode).toBe('NOERROR');
  await answersWeb(server);
});

describe('A15 messages that are replies', () => {
  const replyBit = (message: Buffer) => {
    const reply = Buffer.from(message);
    reply.writeUInt16BE(reply.readUInt16BE(2) | 0x8000, 2);
    return reply;
  };

  test('20,000 of them get none', async () => {
    const { server } = await world(good(TRUE));
    const client = await clientOf(server);
    const reply = replyBit(encodeQuery(WEB, 'A'));
    for (let i = 0; i < 20_000; i++) {
      client.send(reply);
      if (i % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // Datagrams of one socket stay in order: what comes back first is the answer to the last.
    const [answer] = await client.askAll([encodeQuery(WEB, 'A')]);
    expect(rcodeOf(answer!)).toBe(0);
    expect(client.received).toHaveLength(1);
  });

  test('no reply of ours, errors neither, makes another server of ours say a word', async () => {
    const { server } = await world(good(TRUE));
    const { server: other } = await world(good(TRUE));
    const header = (flags: number, ...counts: number[]) =>
      Buffer.from(Uint16Array.of(1, flags, ...counts).buffer).swap16();
    const spoofed = [
      encodeQuery(WEB, 'A'),
      encodeQuery('nope.shop.svc.cluster.local.', 'A'),
      encodeQuery('www.invalid.', 'A'),
      encodeQuery('cluster.local.', 'AXFR'),
      encodeQuery(WEB, 'A', { opcode: 4 }), // NOTIMP
      encodeQuery(WEB, 'A', { edns: { version: 1 } }), // BADVERS
      header(0x0100, 0, 0, 0, 0), // FORMERR
      header(0x0100, 9, 0, 0, 0),
    ];
    const client = await clientOf(other);
    for (const query of spoofed) client.send(await askBytes(server.address, query));
    await client.askAll([encodeQuery(WEB, 'A')]);
    expect(client.received).toHaveLength(1);
  });
});

describe('A16 small questions with large answers', () => {
  const many = Array.from({ length: 120 }, (_, at) => `"10.1.${at}.1"`).join(', ');
  const manifests = `${MANIFESTS}---
apiVersion: v1
kind: Service
metadata: { name: many, namespace: shop }
spec: { clusterIP: None, ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: many-1, namespace: shop, labels: { kubernetes.io/service-name: many } }
addressType: IPv4
ports: [{ name: http, port: 80 }]
endpoints: [${many.replace(/"[^"]+"/g, (address) => `{ addresses: [${address}] }`)}]
`;
  const questions = ['', '_http._tcp.', '_tcp.', '10-1-1-1.'].map(
    (prefix) => `${prefix}many.shop.svc.cluster.local.`,
  );

  test('over UDP no reply has more than 1,232 bytes, whatever size the client offers', async () => {
    const { server, upstream } = await world((asked) => {
      const answers = Array.from({ length: 60 }, (_, at) => addressFor(asked, `192.0.2.${at + 1}`));
      asked.send(replyTo(asked, asked.transport === 'tcp' ? { answers } : { flags: 0x0380 }));
    }, manifests);
    for (const name of [...questions, 'big.example.org.', 'cluster.local.', WEB]) {
      for (const type of ['A', 'AAAA', 'SRV', 'ANY', 'TXT', 'NS']) {
        for (const size of [512, 1232, 4096, 65_535]) {
          const query = encodeQuery(name, type, { edns: { size } });
          const reply = await askBytes(server.address, query);
          expect(reply.length).toBeLessThanOrEqual(Math.min(size, 1232));
        }
        const plain = await askBytes(server.address, encodeQuery(name, type));
        expect(plain.length).toBeLessThanOrEqual(512);
      }
    }
    // What is cut over UDP is whole over TCP.
    const whole = await server.ask(questions[0]!, 'A', { transport: 'tcp' });
    expect(whole.answer).toHaveLength(120);
    const outside = await server.ask('big.example.org.', 'A', { transport: 'tcp' });
    expect(outside.answer).toHaveLength(60);
    expect(upstream.times('big.example.org a')).toBeGreaterThan(0);
  });

  test('a name without many addresses has a reply of at most ten times the question', async () => {
    const { server } = await world(good(TRUE), manifests);
    const names = [
      WEB,
      'shop.svc.cluster.local.',
      'nope.shop.svc.cluster.local.',
      'cluster.local.',
    ];
    for (const name of [
      ...names,
      '10-1-1-1.many.shop.svc.cluster.local.',
      '7.0.96.10.in-addr.arpa.',
    ]) {
      for (const type of [
        'A',
        'AAAA',
        'SRV',
        'PTR',
        'ANY',
        'SOA',
        'NS',
        'TXT',
        'HTTPS',
        'DNSKEY',
      ]) {
        const query = encodeQuery(name, type, { edns: { size: 4096 } });
        const reply = await askBytes(server.address, query);
        expect([name, type, reply.length]).toEqual([
          name,
          type,
          expect.toSatisfy((bytes: number) => bytes <= 10 * query.length),
        ]);
      }
    }
  });
});

test('A17 a zone transfer over UDP is refused in one packet no larger than the question, and not forwarded', async () => {
  const { server, upstream } = await world(good(TRUE));
  const client = await clientOf(server);
  const queries = ['cluster.local.', 'shop.svc.cluster.local.', 'example.org.', '.'].flatMap(
    (name) => ['AXFR', 'IXFR'].map((type) => encodeQuery(name, type, { edns: {} })),
  );
  const replies = await client.askAll(queries);
  for (const [at, reply] of replies.entries()) {
    const opt = 11;
    expect([rcodeOf(reply), reply.readUInt16BE(6)]).toEqual([5, 0]);
    // The reason (EDE) is an option of the reply's OPT record.
    expect(reply.length).toBeLessThanOrEqual(queries[at]!.length + opt + 64);
  }
  expect(client.received).toHaveLength(queries.length);
  expect(upstream.asked.filter((question) => /[ai]xfr/.test(question))).toEqual([]);
});

test('A18 20,000 names of the cluster that do not exist: none is forwarded, none is kept', async () => {
  const { server, upstream } = await world(good(TRUE));
  const client = await clientOf(server, 200);
  const entries = await server.metric('coredns_cache_entries');
  const queries = Array.from({ length: 20_000 }, (_, at) =>
    encodeQuery(`n${at}-${(at * 2_654_435_761) >>> 0}.shop.svc.cluster.local.`, 'A'),
  );
  const replies = await client.askAll(queries);
  expect(replies.filter((reply) => rcodeOf(reply) !== 3)).toEqual([]);
  expect(upstream.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
  expect(await server.metric('coredns_cache_entries')).toBe(entries);
  // Twice more: what the first round left for the collector is no growth.
  const before = await server.metric('nodejs_heap_size_used_bytes');
  for (let round = 0; round < 2; round++) await client.askAll(queries);
  const grown = (await server.metric('nodejs_heap_size_used_bytes')) - before;
  expect(grown).toBeLessThan(32 * 1024 * 1024);
  await answersWeb(server);
});

describe('A19 random names for an upstream that never answers', () => {
  const isRandom = /^random/i;
  const limits: [what: string, count: number, most: number, nameOf: (at: number) => string][] = [
    ['about one domain', 400, 200, (at) => `random${at}.victim.example.`],
    ['of one client', 800, 500, (at) => `random${at}.example.`],
  ];
  test.for(limits)(
    '%s: so many are under way and no more, and the others are served',
    async (limit) => {
      const [, count, most, nameOf] = limit;
      const { server, upstream } = await world((asked) => {
        if (!isRandom.test(asked.name)) good(TRUE)(asked);
      });
      const client = await clientOf(server, 1);
      const crowd = await clientOf(server);
      // None is asked again, and none is lost: few come at a time, and all through one socket in
      // order, so an answer to a later question says that the server has them.
      for (let at = 0; at < count; at++) {
        crowd.send(encodeQuery(nameOf(at), 'A'));
        if (at % 100 === 99) await answersWeb(server);
      }
      await eventually(async () =>
        expect(await server.metric('svcdns_forward_limited_total')).toBe(count - most),
      );
      const neighbour = await clientOf(server, 1, '127.0.0.99');
      for (const other of most === 500 ? [neighbour] : [neighbour, client]) {
        const [reply] = await other.askAll([encodeQuery('www.example.org.', 'A')]);
        expect(rcodeOf(reply!)).toBe(0);
      }
      await eventuallyTrue(async () => (await server.metric('svcdns_forward_in_flight')) === 0);
      expect(crowd.received.filter((reply) => rcodeOf(reply) !== 2)).toEqual([]);
      expect(new Set(upstream.asked.filter((question) => isRandom.test(question))).size).toBe(most);
    },
  );

  test('twenty clients have 1,000 under way and no more, but 250 that nobody waits for, and names of the cluster are answered all the while', async () => {
    const { server } = await world(silent);
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, at) => clientOf(server, 2000, `127.0.1.${at + 1}`)),
    );
    const done = clients.map((client, of) =>
      client.askAll(
        Array.from({ length: 200 }, (_, at) => encodeQuery(`random${of}-${at}.example.`, 'A')),
      ),
    );
    let isDone = false;
    const all = Promise.all(done).finally(() => {
      isDone = true;
    });
    let most = 0;
    while (!isDone) {
      most = Math.max(most, await server.metric('svcdns_forward_in_flight'));
      await answersWeb(server);
    }
    expect(most).toBeGreaterThan(100);
    // Each has as many as are free, so that one place in 21 stays so; 250 go on for clients that
    // have their SERVFAIL.
    expect(most).toBeLessThanOrEqual(1250 - Math.floor(1000 / 21));
    const rcodes = (await all).flat().map(rcodeOf);
    expect(rcodes.filter((rcode) => rcode !== 2 && rcode !== 5)).toEqual([]);
    expect(await server.metric('coredns_forward_max_concurrent_rejects_total')).toBe(0);
    expect(await server.metric('svcdns_forward_limited_total', 'limit="client"')).toBeGreaterThan(
      0,
    );
    await eventuallyTrue(async () => (await server.metric('svcdns_forward_in_flight')) === 0);
  });
});
