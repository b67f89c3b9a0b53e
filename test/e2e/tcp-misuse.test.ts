import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, askBytes } from '../helpers/ask.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { encodeQuery } from '../helpers/query.ts';
import { WEB } from './server-process.ts';
import { SlowWorld } from './slow-world.ts';
import { holdPart, misuse } from './tcp-misuse.ts';

// Below the ports that the kernel gives to clients.
const PORT = 20_195;
const OTHER = { address: '127.0.0.1', port: 20_198 };

/** Clients that stand in the middle of a query until the test is over. */
async function holdParts(server: { address: string; port: number }, count: number) {
  for (let i = 0; i < count; i++) {
    const socket = await holdPart(server, i);
    onTestFinished(() => void socket.destroy());
  }
}

describe('TCP clients that stop in the middle of a query', () => {
  test('SIGTERM: 20 of 20 queries under way are answered, exit status 0', async () => {
    const world = await SlowWorld.start(PORT);
    await Promise.all([0, 1, 2, 3].map((i) => misuse(world.address, 'fin', i)));
    await holdParts(world.address, 30);
    const replies = await world.askSlowly(20);
    world.server.signal('SIGTERM');
    await eventuallyTrue(async () => (await world.ready()) !== 200);
    world.answerAll();
    expect((await Promise.all(replies)).length).toBe(20);
    expect(await world.server.exited()).toEqual({ code: 0, signal: null });
    expect(world.server.logged).not.toContainEqual(expect.stringMatching(/error/i));
  });

  test('SIGHUP: an address that goes is closed over UDP and TCP, the others stay', async () => {
    const block = `.:${OTHER.port} {\n  bind 127.0.0.1\n  whoami\n}\n`;
    const world = await SlowWorld.start(PORT, block);
    expect((await ask(OTHER, WEB, 'A', { transport: 'tcp' })).rcode).toBe('NOERROR');
    await holdParts(OTHER, 10);
    await holdParts(world.address, 10);
    world.configure();
    world.server.signal('SIGHUP');
    await world.server.message(/^Reloading complete/);
    for (const transport of ['udp', 'tcp'] as const) {
      await expect(askBytes(OTHER, encodeQuery(WEB, 'A'), transport)).rejects.toThrow();
      expect((await ask(world.address, WEB, 'A', { transport })).answer).toHaveLength(1);
    }
    expect(await world.metric('coredns_panics_total')).toBe(0);
  });
});
