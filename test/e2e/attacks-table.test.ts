import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { MAX_USES } from '../../src/plugins/forward/transport/datagram-socket.ts';
import { askBytes } from '../helpers/ask.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { encodeQuery } from '../helpers/query.ts';
import {
  type Asked,
  addressFor,
  FakeUpstream,
  garbageFor,
  good,
  replyTo,
  type Script,
} from './fake-upstream.ts';
import { ServerHere } from './server-here.ts';
import { MANIFESTS, stockCorefile, WEB } from './server-process.ts';
import { rcodeOf, UdpClient } from './udp-client.ts';

// One round of what test/soak/ does thousands of times: forged replies and floods, against one
// server with the stock Corefile. Each case has names of its own.

const TRUE = '192.0.2.1';
const LIE = '203.0.113.66';

const MANY = `---
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
endpoints: [${Array.from({ length: 120 }, (_, at) => `{ addresses: [10.1.${at}.1] }`)}]
`;

let upstream: FakeUpstream;
let server: ServerHere;

beforeAll(async () => {
  upstream = new FakeUpstream(good(TRUE));
  const port = await upstream.start();
  server = await ServerHere.launch(stockCorefile(port), MANIFESTS + MANY);
});

beforeEach(() => {
  upstream.script = good(TRUE);
});

afterAll(async () => {
  await server.stop();
  await upstream.stop();
});

async function clientOf(): Promise<UdpClient> {
  const client = await UdpClient.open(server.address);
  onTestFinished(() => client.close());
  return client;
}

const addressesOf = async (name: string) =>
  (await server.ask(name, 'A')).answer.map((record) => record.split(' ').at(-1));

const forgedFor = (asked: Asked) => replyTo(asked, { answers: [addressFor(asked, LIE)] });

/** Sends it with each bit of the ID flipped in turn. */
function sendUnderOtherIds(asked: Asked, message: Buffer): void {
  for (let bit = 0; bit < 16; bit++) {
    const other = Buffer.from(message);
    other.writeUInt16BE(message.readUInt16BE() ^ (1 << bit));
    asked.send(other);
  }
}

/** In the letters of the question, every one the other way round. */
function inOtherLetters(asked: Asked): Buffer {
  const name = asked.name.replace(/[a-z]/gi, (letter) =>
    letter < 'a' ? letter.toLowerCase() : letter.toUpperCase(),
  );
  const questions = [{ name, type: 'A', class: 'IN' } as const];
  return replyTo(asked, { questions, answers: [{ name, type: 'A', ttl: 300, data: LIE }] });
}

/** The question of Kaminsky's attack: another name of the same zone. */
function forSibling(asked: Asked): Buffer {
  const name = `victim.${asked.name}`;
  const questions = [{ name, type: 'A', class: 'IN' } as const];
  return replyTo(asked, { questions, answers: [{ name, type: 'A', ttl: 300, data: LIE }] });
}

describe('a forged reply is not taken', () => {
  const forgeries: [what: string, send: (asked: Asked) => void][] = [
    ['under another ID', (asked) => sendUnderOtherIds(asked, forgedFor(asked))],
    ['to another question', (asked) => asked.send(forSibling(asked))],
    ['in other letters', (asked) => asked.send(inOtherLetters(asked))],
    ['among garbage', (asked) => garbageFor(asked, LIE).forEach((bytes) => void asked.send(bytes))],
  ];

  test.for(forgeries)('%s', async ([what, send]) => {
    upstream.script = (asked) => {
      if (asked.transport === 'udp' && asked.type === 'A') send(asked);
      good(TRUE)(asked);
    };
    const name = `${what.replaceAll(' ', '-')}.kaminsky.example.`;
    expect(await addressesOf(name)).toEqual([TRUE]);
    expect(await addressesOf(`victim.${name}`)).toEqual([TRUE]);
    // Nor is it in the cache.
    upstream.script = good(TRUE);
    expect(await addressesOf(name)).toEqual([TRUE]);
  });

  test('from another port', async () => {
    const elsewhere = createSocket('udp4').bind(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    onTestFinished(() => void elsewhere.close());
    const asked: Asked[] = [];
    upstream.script = (query) => void asked.push(query);
    const answer = addressesOf('elsewhere.kaminsky.example.');
    await eventuallyTrue(() => asked.length > 0);
    // The socket is connected to the upstream: the kernel has nothing there for anybody else.
    elsewhere.connect(asked[0]!.port, '127.0.0.1');
    await once(elsewhere, 'connect');
    const refused = once(elsewhere, 'error');
    elsewhere.send(forgedFor(asked[0]!));
    expect((await refused)[0]).toMatchObject({ code: 'ECONNREFUSED' });
    upstream.script = good(TRUE);
    asked.forEach(good(TRUE));
    expect(await answer).toEqual([TRUE]);
  });

  test('and under another ID it is counted, and the question asked over TCP', async () => {
    const before = await server.metric('svcdns_forward_mismatches_total', 'reason="id"');
    const script: Script = (asked) => {
      if (asked.transport === 'tcp') good(TRUE)(asked);
      else sendUnderOtherIds(asked, forgedFor(asked));
    };
    upstream.script = script;
    expect(await addressesOf('tcp.kaminsky.example.')).toEqual([TRUE]);
    const sent = upstream.queries.filter(({ name }) => /^tcp\./i.test(name));
    // A busy machine may go on to ask again.
    expect(sent.slice(0, 2).map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    const after = await server.metric('svcdns_forward_mismatches_total', 'reason="id"');
    expect(after).toBeGreaterThan(before);
  });
});

test('no port sends many queries, and IDs say nothing of those to come', async () => {
  const client = await clientOf();
  const names = Array.from({ length: 200 }, (_, at) => `draw${at}.kaminsky.example.`);
  await client.askAll(names.map((name) => encodeQuery(name, 'A')));
  const sent = upstream.queries.filter(({ name }) => /^draw/i.test(name));
  const uses = new Map<number, number>();
  for (const { port } of sent) uses.set(port, (uses.get(port) ?? 0) + 1);
  expect(Math.max(...uses.values())).toBeLessThanOrEqual(MAX_USES);
  // 200 draws from 65,536 IDs: so many differ but once in 10^9 runs.
  expect(new Set(sent.map(({ packet }) => packet.id)).size).toBeGreaterThan(185);
});

test('many clients ask one cold name: the upstream is asked once, and all have the answer', async () => {
  let release = () => {};
  upstream.script = (asked) => {
    if (/^cold/i.test(asked.name)) release = () => good(TRUE)(asked);
    else good(TRUE)(asked);
  };
  const clients = await Promise.all(Array.from({ length: 5 }, clientOf));
  const query = encodeQuery('cold.example.org.', 'A');
  for (const client of clients) for (let i = 0; i < 10; i++) client.send(query);
  // They come in through one socket, in order: the answer to a later question says that they are
  // all there.
  await server.ask(WEB, 'A');
  await eventuallyTrue(() => upstream.times('cold.example.org a') > 0);
  expect(clients.flatMap(({ received }) => received)).toEqual([]);
  release();
  await eventuallyTrue(() => clients.every(({ received }) => received.length === 10));
  const replies = clients.flatMap(({ received }) => received);
  const outcomes = replies.map((reply) => `${rcodeOf(reply)} ${reply.subarray(-4).join('.')}`);
  expect(new Set(outcomes)).toEqual(new Set([`0 ${TRUE}`]));
  expect(upstream.times('cold.example.org a')).toBe(1);
});

test('messages that are replies get none', async () => {
  const client = await clientOf();
  const reply = encodeQuery(WEB, 'A');
  reply.writeUInt16BE(reply.readUInt16BE(2) | 0x8000, 2);
  for (let i = 0; i < 50; i++) client.send(reply);
  // Datagrams of one socket stay in order: what comes back first is the answer to the last.
  await client.askAll([encodeQuery(WEB, 'A')]);
  expect(client.received).toHaveLength(1);
});

test('names of the cluster that do not exist are neither forwarded nor kept', async () => {
  const client = await clientOf();
  const entries = await server.metric('coredns_cache_entries');
  const queries = Array.from({ length: 300 }, (_, at) =>
    encodeQuery(`n${at}.shop.svc.cluster.local.`, 'A'),
  );
  const replies = await client.askAll(queries);
  expect(replies.filter((reply) => rcodeOf(reply) !== 3)).toEqual([]);
  expect(upstream.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
  expect(await server.metric('coredns_cache_entries')).toBe(entries);
});

describe('over UDP', () => {
  test('no reply has more than 1,232 bytes, nor more than the client offers', async () => {
    upstream.script = (asked) => {
      const answers = Array.from({ length: 60 }, (_, at) => addressFor(asked, `192.0.2.${at + 1}`));
      asked.send(replyTo(asked, asked.transport === 'tcp' ? { answers } : { flags: 0x0380 }));
    };
    for (const name of ['many.shop.svc.cluster.local.', 'big.example.org.']) {
      for (const type of ['A', 'SRV', 'ANY']) {
        for (const size of [512, 65_535]) {
          const query = encodeQuery(name, type, { edns: { size } });
          const reply = await askBytes(server.address, query);
          expect(reply.length).toBeLessThanOrEqual(Math.min(size, 1232));
        }
        const plain = await askBytes(server.address, encodeQuery(name, type));
        expect(plain.length).toBeLessThanOrEqual(512);
      }
      // What is cut over UDP is whole over TCP.
      const whole = await server.ask(name, 'A', { transport: 'tcp' });
      expect(whole.answer.length).toBeGreaterThanOrEqual(60);
    }
  });

  test('a zone transfer is refused in one packet, and not forwarded', async () => {
    const client = await clientOf();
    const queries = ['cluster.local.', 'example.org.'].flatMap((name) =>
      ['AXFR', 'IXFR'].map((type) => encodeQuery(name, type, { edns: {} })),
    );
    const replies = await client.askAll(queries);
    expect(replies.map((reply) => [rcodeOf(reply), reply.readUInt16BE(6)])).toEqual(
      queries.map(() => [5, 0]),
    );
    expect(client.received).toHaveLength(queries.length);
    expect(upstream.asked.filter((question) => /[ai]xfr/.test(question))).toEqual([]);
  });
});

// Last, since its upstream is taken for a bad one.
test('an upstream that answers another question than it was asked answers nothing', async () => {
  upstream.script = (asked) => asked.send(forSibling(asked));
  const reply = await server.ask('other.kaminsky.example.', 'A');
  expect([reply.rcode, reply.answer]).toEqual(['SERVFAIL', []]);
  expect((await server.ask(WEB, 'A')).answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
});
