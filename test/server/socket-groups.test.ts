import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ListenError } from '../../src/server/listen-error.ts';
import { SocketGroups } from '../../src/server/socket-groups.ts';
import { systemClock } from '../../src/support/clock.ts';
import { askBytes } from '../helpers/ask.ts';
import { testContext } from '../helpers/plugin-harness.ts';
import { later, query, ScriptedExchange } from './scripted-exchange.ts';
import { until } from './until.ts';

/** An exchange that answers with its name behind the header. */
const saying = (name: string) =>
  new ScriptedExchange(({ message }, output) =>
    Buffer.concat([message.subarray(0, 12), Buffer.from(name)]).copy(output),
  );

const at = (port: number) => [{ address: '127.0.0.1', port }];

let sockets: SocketGroups;

beforeEach(() => {
  const { log, metrics } = testContext();
  sockets = new SocketGroups({ log, metrics, clock: systemClock });
});

afterEach(async () => {
  await sockets.stop(0);
});

/** Who answers at the first address. */
async function speaker(transport: 'udp' | 'tcp', address = sockets.addresses[0]!): Promise<string> {
  return (await askBytes(address, query(7), transport)).subarray(12).toString();
}

/** A port that is held over TCP, with its holder. */
async function takenPort(): Promise<{ holder: Server; port: number }> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  return { holder, port: (holder.address() as { port: number }).port };
}

describe('SocketGroups.serve()', () => {
  test('puts another exchange behind the same sockets', async () => {
    await sockets.serve([{ listen: at(0), exchange: saying('old') }], 0);
    const before = sockets.addresses;
    expect([await speaker('udp'), await speaker('tcp')]).toEqual(['old', 'old']);
    await sockets.serve([{ listen: at(0), exchange: saying('new') }], 0);
    expect(sockets.addresses).toEqual(before);
    expect([await speaker('udp'), await speaker('tcp')]).toEqual(['new', 'new']);
  });

  test('lets the exchange before finish what it was asked', async () => {
    const slow = new ScriptedExchange(later);
    await sockets.serve([{ listen: at(0), exchange: slow }], 0);
    const reply = askBytes(sockets.addresses[0]!, query(7));
    await until(() => slow.taken.length === 1);
    await sockets.serve([{ listen: at(0), exchange: saying('new') }], 0);
    slow.replyTo(0, 'late');
    expect((await reply).subarray(12).toString()).toBe('late');
  });

  test('opens what is new and closes what is not wanted any more', async () => {
    await sockets.serve([{ listen: at(0), exchange: saying('one') }], 0);
    const [first] = sockets.addresses;
    const free = await takenPort();
    free.holder.close();
    await once(free.holder, 'close');
    await sockets.serve([{ listen: at(free.port), exchange: saying('two') }], 0);
    expect(sockets.addresses).toEqual([{ address: '127.0.0.1', port: free.port }]);
    expect(await speaker('udp')).toBe('two');
    await expect(askBytes(first!, query(7))).rejects.toThrow();
  });

  test('leaves everything as it was when a port is taken', async () => {
    await sockets.serve([{ listen: at(0), exchange: saying('old') }], 0);
    const before = sockets.addresses;
    const { holder, port } = await takenPort();
    const free = await takenPort();
    free.holder.close();
    await once(free.holder, 'close');
    const wanted = [
      { listen: at(0), exchange: saying('new') },
      { listen: at(free.port), exchange: saying('new') },
      { listen: at(port), exchange: saying('new') },
    ];
    await expect(sockets.serve(wanted, 0)).rejects.toThrow(ListenError);
    expect(sockets.addresses).toEqual(before);
    expect([await speaker('udp'), await speaker('tcp')]).toEqual(['old', 'old']);
    // What had been opened for it is free again.
    const again = { address: '127.0.0.1', port: free.port };
    await expect(askBytes(again, query(7), 'tcp')).rejects.toThrow();
    holder.close();
  });

  test('closes everything with stop()', async () => {
    await sockets.serve([{ listen: at(0), exchange: saying('one') }], 0);
    const [first] = sockets.addresses;
    await sockets.stop(0);
    expect(sockets.addresses).toEqual([]);
    await expect(askBytes(first!, query(7), 'tcp')).rejects.toThrow();
  });
});
