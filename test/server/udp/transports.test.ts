import { open } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Exchange } from '../../../src/server/exchange.ts';
import type { DatagramTransport } from '../../../src/server/udp/datagrams.ts';
import { dgramTransport, type UdpContext } from '../../../src/server/udp/dgram.ts';
import { nativeTransport } from '../../../src/server/udp/native.ts';
import { echo, idOf, later, query, ScriptedExchange, throwing } from '../scripted-exchange.ts';
import { until } from '../until.ts';
import { BINDING, guarded, udpClient, udpContext } from './udp-world.ts';

type Transport = (context: UdpContext) => DatagramTransport;

/** Every transport that this machine has. */
const TRANSPORTS: [string, Transport][] = [['dgram', dgramTransport]];
if (BINDING !== undefined) {
  const binding = BINDING;
  TRANSPORTS.push(['native', (context) => nativeTransport({ ...context, binding })]);
}

describe.each(TRANSPORTS)('%s', (_, transport) => {
  test.for(['127.0.0.1', '127.0.0.2', '::1'])(
    'answers from %s, the address asked',
    async (address) => {
      const { port } = await listening(transport, address, new ScriptedExchange());
      const client = await udpClient(address);
      client.ask(query(7, 'hello'), port, address);
      const [reply] = await client.received(1);
      expect(reply).toEqual({ message: query(7, 'hello'), address, port });
    },
  );

  test('gives every client its own reply, through one buffer', async () => {
    const { port } = await listening(transport, '127.0.0.1', new ScriptedExchange());
    const clients = await Promise.all([1, 2, 3].map(() => udpClient('127.0.0.1')));
    for (let i = 0; i < 50; i++) {
      for (const [c, client] of clients.entries()) {
        client.ask(query(i, `client ${c} `.repeat(i)), port, '127.0.0.1');
      }
    }
    for (const [c, client] of clients.entries()) {
      const texts = (await client.received(50)).map(({ message }) =>
        message.toString('latin1', 12),
      );
      expect(texts.sort()).toEqual(
        Array.from({ length: 50 }, (_, i) => `client ${c} `.repeat(i)).sort(),
      );
    }
  });

  test('sends nothing for a length of 0, and answers the next', async () => {
    const exchange = new ScriptedExchange(({ message }, output) =>
      idOf(message) === 1 ? 0 : message.copy(output),
    );
    const { port } = await listening(transport, '127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(query(1), port, '127.0.0.1');
    client.ask(query(2), port, '127.0.0.1');
    expect((await client.received(1)).map(({ message }) => idOf(message))).toEqual([2]);
  });

  test('sends a reply that comes later to who asked, even when others asked since', async () => {
    const exchange = new ScriptedExchange(later);
    const { listener, port } = await listening(transport, '127.0.0.1', exchange);
    const [one, two] = [await udpClient('127.0.0.1'), await udpClient('127.0.0.1')];
    one.ask(query(1), port, '127.0.0.1');
    await until(() => exchange.taken.length === 1);
    two.ask(query(2), port, '127.0.0.1');
    await until(() => exchange.taken.length === 2);
    expect(listener.pending).toBe(2);
    exchange.replyTo(1);
    exchange.replyTo(0);
    expect((await one.received(1))[0]?.message).toEqual(query(1, 'late'));
    expect((await two.received(1))[0]?.message).toEqual(query(2, 'late'));
    expect(listener.pending).toBe(0);
  });

  test('drops and counts a reply that comes after it was closed', async () => {
    const exchange = new ScriptedExchange(later);
    const { listener, port, metrics } = await listening(transport, '127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(query(1), port, '127.0.0.1');
    await until(() => exchange.taken.length === 1);
    await listener.close();
    exchange.replyTo(0);
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="closed"} 1');
  });

  test('answers SERVFAIL when the exchange throws, counts it, and lives on', async () => {
    const exchange = new ScriptedExchange(throwing);
    const { port, metrics } = await listening(transport, '127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(query(0xabcd, 'boom'), port, '127.0.0.1');
    const [reply] = await client.received(1);
    expect(reply?.message.toString('hex')).toBe('abcd81020000000000000000');
    expect(await metrics.text()).toContain('coredns_panics_total 1');
    exchange.script = echo;
    client.ask(query(2), port, '127.0.0.1');
    expect((await client.received(2))[1]?.message).toEqual(query(2));
  });

  test.for([
    ['a response', '123481000001000000000000'],
    ['less than a header', '1234'],
  ] as const)('says nothing to %s when the exchange throws', async ([, hex]) => {
    const exchange = new ScriptedExchange(throwing);
    const { port } = await listening(transport, '127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(Buffer.from(hex, 'hex'), port, '127.0.0.1');
    client.ask(query(9), port, '127.0.0.1');
    expect((await client.received(1)).map(({ message }) => idOf(message))).toEqual([9]);
  });

  test('takes over nothing that is no socket for datagrams', async () => {
    const listener = transport(udpContext())('127.0.0.1', new ScriptedExchange());
    const file = await open('/dev/null');
    expect(() => listener.takeOver(file.fd, 53)).toThrow(/Unsupported fd type|ENOTSOCK/);
    await file.close();
    await listener.close();
  });

  test('start rejects when the port is taken', async () => {
    const { port } = await listening(transport, '127.0.0.1', new ScriptedExchange());
    const second = transport(udpContext())('127.0.0.1', new ScriptedExchange());
    await expect(second.start(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });

  test('asks the kernel for a larger receive buffer and tells what it got', async () => {
    const plain = await udpClient('127.0.0.1');
    const { listener } = await listening(transport, '127.0.0.1', new ScriptedExchange());
    expect(listener.receiveBufferBytes).toBeGreaterThanOrEqual(plain.socket.getRecvBufferSize());
  });
});

async function listening(transport: Transport, address: string, exchange: Exchange) {
  const context = udpContext();
  const listener = transport(context)(address, guarded(exchange, context));
  const port = await listener.start(0);
  onTestFinished(() => listener.close());
  return { listener, port, metrics: context.metrics };
}
