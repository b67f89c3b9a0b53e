import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Asked,
  addressFor,
  FakeUpstream,
  garbageFor,
  good,
  replyTo,
  type Script,
  silent,
  slow,
  type UpstreamOptions,
} from '../e2e/fake-upstream.ts';
import { extendedErrors, ServerProcess, stockCorefile, WEB } from '../e2e/server-process.ts';
import { rcodeOf, UdpClient } from '../e2e/udp-client.ts';
import { eventually, eventuallyTrue } from '../helpers/eventually.ts';
import { encodeQuery } from '../helpers/query.ts';

// Forged replies, against the stock Corefile of the built server and a scripted upstream on
// loopback. The forger sees what no off-path one can, the port and the ID, and may use all but the
// one thing that a case is about. The same by the plugin alone is in test/plugins/forward/: here is
// what the kernel really gives. Not on loopback: rate limits of the kernel's ICMP errors (A4).

const TRUE = '192.0.2.1';
const LIE = '203.0.113.66';

async function world(script: Script, options: UpstreamOptions = {}) {
  const upstream = new FakeUpstream(script, options);
  onTestFinished(() => upstream.stop());
  const server = await ServerProcess.start(stockCorefile(await upstream.start()));
  return { upstream, server };
}

async function forgingSocket(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket;
}

const addressIn = (records: readonly string[]) => records.map((record) => record.split(' ').at(-1));

/** Clients' questions, in spellings of their own. */
const names = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}.kaminsky.example.`);

test('A1 forged answers, 65,536 of them with the wrong question and more from the wrong port: none is accepted', async () => {
  const elsewhere = await forgingSocket();
  let forgeries = 0;
  const { server } = await world((asked) => {
    if (asked.transport === 'tcp') return good(TRUE)(asked);
    const answers = [addressFor(asked, LIE)];
    // Everything right but the port that it comes from.
    for (let i = 0; i < 32; i++)
      elsewhere.send(replyTo(asked, { answers }), asked.port, '127.0.0.1');
    // From the right port, every ID in turn, and another name of the same zone, as Kaminsky's.
    const name = `victim.${asked.name}`;
    const questions = [{ name, type: 'A', class: 'IN' } as const];
    const forged = replyTo(asked, { questions, answers: [{ ...answers[0]!, name }] });
    asked.send(Buffer.from(forged)); // and with the very ID
    for (let i = 0; i < 1024; i++) {
      forged.writeUInt16BE(forgeries++ % 65_536);
      asked.send(Buffer.from(forged));
    }
    setTimeout(() => good(TRUE)(asked), 50);
  });
  for (const name of names(64, 'n')) {
    expect(addressIn((await server.ask(name, 'A')).answer)).toEqual([TRUE]);
    // Nor is it in the cache under the forged name.
    expect(addressIn((await server.ask(`victim.${name}`, 'A')).answer)).toEqual([TRUE]);
  }
  const mismatches = await server.metric('svcdns_forward_mismatches_total', 'reason="question"');
  expect(mismatches).toBeGreaterThan(64);
});

test('A2 ports and IDs say nothing of those to come, and no port sends many queries', async () => {
  const { server, upstream } = await world(good(TRUE));
  const client = await UdpClient.open(server.address);
  onTestFinished(() => client.close());
  const count = 3000;
  const replies = await client.askAll(names(count, 'p').map((name) => encodeQuery(name, 'A')));
  expect(replies.every((reply) => rcodeOf(reply) === 0)).toBe(true);
  const sent = upstream.queries.filter(({ name }) => /kaminsky/i.test(name));
  expect(sent.length).toBeGreaterThanOrEqual(count);
  const uses = new Map<number, number>();
  for (const { port } of upstream.queries) uses.set(port, (uses.get(port) ?? 0) + 1);
  // A socket sends 32 at most. The kernel may give a port out twice, as it has 14,000 for some 100
  // sockets; then there were as many sockets as it takes.
  const needed = [...uses.values()].reduce((sum, count) => sum + Math.ceil(count / 32), 0);
  const opened = await server.metric('coredns_proxy_conn_cache_misses_total', 'proto="udp"');
  expect(needed).toBeLessThanOrEqual(opened);
  const ports = [...uses.keys()];
  const ids = sent.map(({ packet }) => packet.id ?? 0);
  expect(new Set(ids).size).toBeGreaterThan(2800);
  for (const values of [ports.map((port) => port >> 1), ids]) {
    // One after the other: at most a few neighbours in 3,000 are close by chance.
    const close = values.filter((value, at) => Math.abs(value - (values[at - 1] ?? -99)) <= 2);
    expect(close.length).toBeLessThan(30);
  }
  // From one query to the next the port is mostly another, whichever.
  const stays = sent.filter(({ port }, at) => port === sent[at - 1]?.port);
  expect(stays.length).toBeLessThan(count / 2);
  // IDs by their upper four bits, 15 degrees of freedom: over 60 once in 10^6 runs.
  const counts = new Array<number>(16).fill(0);
  for (const id of ids) counts[id >> 12]!++;
  const expected = ids.length / 16;
  const chiSquare = counts.reduce((sum, one) => sum + (one - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(60);
});

test('A4 the port is connected to the upstream, and closed when anything comes to it unasked', async () => {
  const asked: Asked[] = [];
  const { server } = await world((query) => void asked.push(query));
  const waiting = server.ask('www.example.org.', 'A');
  await eventuallyTrue(() => asked.some(({ name }) => /^www/i.test(name)));
  const query = asked.find(({ name }) => /^www/i.test(name))!;
  // The kernel has nothing at that port for anybody else: that is what a connected socket means.
  const isClosedToOthers = async () => {
    const probe = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void probe.close());
    await once(probe, 'listening');
    probe.connect(query.port, '127.0.0.1');
    await once(probe, 'connect');
    const refused = once(probe, 'error');
    probe.send(replyTo(query, { answers: [addressFor(query, LIE)] }));
    expect((await refused)[0]).toMatchObject({ code: 'ECONNREFUSED' });
  };
  await isClosedToOthers();
  good(TRUE)(query);
  expect(addressIn((await waiting).answer)).toEqual([TRUE]);
  // It waits for another question, as closed to others as before; what guesses from the upstream's
  // own address ends it.
  await isClosedToOthers();
  const guess = replyTo(query, { answers: [addressFor(query, LIE)] });
  guess.writeUInt16BE(guess.readUInt16BE() ^ 1);
  query.send(guess);
  await eventuallyTrue(async () => {
    const next = createSocket('udp4');
    const isFree = once(next, 'listening').then(
      () => true,
      () => false,
    );
    next.bind(query.port, '127.0.0.1');
    const wasFree = await isFree;
    next.close();
    return wasFree;
  });
});

test('A4 a question that is never answered ends with SERVFAIL and the reason', async () => {
  const { server } = await world(silent, { tcp: false });
  const reply = await server.ask('www.example.org.', 'A');
  expect(reply.rcode).toBe('SERVFAIL');
  expect(extendedErrors(reply)).toEqual([22]);
  expect((await server.ask(WEB, 'A')).answer).toHaveLength(1);
});

const inLowerCase: Script = (asked) => {
  const name = asked.name.toLowerCase();
  const questions = [{ name, type: 'A', class: 'IN' } as const];
  asked.send(replyTo(asked, { questions, answers: [{ name, type: 'A', ttl: 300, data: TRUE }] }));
};

test('A5 letters go out in random case, and a reply in another case is not taken', async () => {
  const { server, upstream } = await world((asked) => {
    if (asked.transport === 'tcp') return good(TRUE)(asked);
    const name = asked.name.replace(/[a-z]/gi, (letter) =>
      letter < 'a' ? letter.toLowerCase() : letter.toUpperCase(),
    );
    const questions = [{ name, type: 'A', class: 'IN' } as const];
    asked.send(replyTo(asked, { questions, answers: [{ name, type: 'A', ttl: 300, data: LIE }] }));
  });
  for (const name of names(20, 'case')) {
    expect(addressIn((await server.ask(name, 'A')).answer)).toEqual([TRUE]);
  }
  const spelled = upstream.queries.map(({ name }) => name).filter((name) => /kaminsky/i.test(name));
  const isMixed = (name: string) => /[a-z]/.test(name) && /[A-Z]/.test(name);
  expect(spelled.filter(isMixed).length).toBeGreaterThanOrEqual(20);
});

test('A5 an upstream that answers in lower case is asked over TCP once, and then as the client wrote', async () => {
  const { server, upstream } = await world(inLowerCase);
  for (const name of names(10, 'fold')) {
    expect(addressIn((await server.ask(name, 'A')).answer)).toEqual([TRUE]);
  }
  const sent = upstream.queries.filter(({ name }) => /kaminsky/i.test(name));
  const overTcp = sent.filter(({ transport }) => transport === 'tcp');
  expect(overTcp).toHaveLength(1);
  const later = sent.slice(sent.indexOf(overTcp[0]!) + 1);
  expect(later.map(({ name }) => name)).toEqual(
    names(10, 'fold')
      .slice(1)
      .map((name) => name.slice(0, -1)),
  );
});

test('A6 garbage comes first, the reply 100 ms later: each of 100 questions has its answer', async () => {
  const { server } = await world(
    (asked) => {
      for (const bytes of garbageFor(asked, LIE)) asked.send(bytes);
      slow(100, good(TRUE))(asked);
    },
    { tcp: false },
  );
  const client = await UdpClient.open(server.address);
  onTestFinished(() => client.close());
  const queries = names(100, 'garbage').map((name) => encodeQuery(name, 'A'));
  const replies = await client.askAll(queries);
  const addresses = replies.map((reply) => [rcodeOf(reply), ...reply.subarray(-4)].join('.'));
  expect(new Set(addresses)).toEqual(new Set([`0.${TRUE}`]));
  expect(addresses).toHaveLength(100);
});

test('A7 a reply with the wrong ID is counted, and the question asked over TCP', async () => {
  const { server, upstream } = await world((asked) => {
    if (asked.transport === 'tcp') return good(TRUE)(asked);
    const forged = replyTo(asked, { answers: [addressFor(asked, LIE)] });
    forged.writeUInt16BE(forged.readUInt16BE() ^ 1);
    asked.send(forged);
  });
  // The probe of `loop` is forged too, some time after the start.
  await eventuallyTrue(() => upstream.queries.some(({ transport }) => transport === 'tcp'));
  const before = await server.metric('svcdns_forward_mismatches_total', 'reason="id"');
  const probes = upstream.queries.length;
  expect(addressIn((await server.ask('www.example.org.', 'A')).answer)).toEqual([TRUE]);
  const sent = upstream.queries.slice(probes);
  expect(sent.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  expect(await server.metric('svcdns_forward_mismatches_total', 'reason="id"')).toBe(before + 1);
});

test('A7 while it asks over TCP, the answer may still come over UDP', async () => {
  const { server, upstream } = await world((asked) => {
    if (asked.transport === 'tcp') return;
    const forged = replyTo(asked, { answers: [addressFor(asked, LIE)] });
    forged.writeUInt16BE(forged.readUInt16BE() ^ 1);
    asked.send(forged);
    slow(200, good(TRUE))(asked);
  });
  expect(addressIn((await server.ask('www.example.org.', 'A')).answer)).toEqual([TRUE]);
  expect(upstream.queries.map(({ transport }) => transport)).toContain('tcp');
});

test('A9 an upstream that answers another question than it was asked answers nothing', async () => {
  const other = (asked: Asked) =>
    encode({
      type: 'response',
      ...(asked.packet.id === undefined ? {} : { id: asked.packet.id }),
      flags: 0x0180,
      questions: [{ name: 'victim.example', type: 'A', class: 'IN' }],
      answers: [{ name: 'victim.example', type: 'A', ttl: 300, data: LIE }],
    });
  const { server, upstream } = await world((asked) => asked.send(other(asked)));
  const reply = await server.ask('www.example.org.', 'A');
  expect([reply.rcode, reply.answer]).toEqual(['SERVFAIL', []]);
  upstream.script = good(TRUE);
  await eventually(async () => {
    expect(addressIn((await server.ask('victim.example.', 'A')).answer)).toEqual([TRUE]);
  });
});
