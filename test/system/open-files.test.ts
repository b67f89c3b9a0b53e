import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { expect, test } from 'vitest';
import { WEB } from '../e2e/server-process.ts';
import { SlowWorld } from '../e2e/slow-world.ts';
import { pipeline } from '../e2e/tcp-misuse.ts';
import { ask } from '../helpers/ask.ts';
import { output } from './command.ts';
import { requireTools } from './tools.ts';

const PORT = 20_211;

test('while no more files can be opened, what is open goes on, and no upstream is to blame', async () => {
  requireTools('prlimit');
  const world = await SlowWorld.start(PORT);
  const { pid } = world.server;
  const limit = (files: string) => output(['prlimit', '--pid', `${pid}`, `--nofile=${files}:`]);
  expect((await ask(world.address, 'first.example.org.', 'A')).rcode).toBe('NOERROR');
  await limit(`${lowestFree(pid)}`);
  for (let i = 0; i < 20; i++) await closedAtOnce(world.address.port);
  expect((await ask(world.address, WEB, 'A')).answer).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
  for (const name of ['a', 'b', 'c', 'd']) {
    expect((await ask(world.address, `${name}.example.org.`, 'A')).rcode).toBe('SERVFAIL');
  }
  await limit('4096');
  await pipeline(world.address, 100);
  expect((await ask(world.address, 'last.example.org.', 'A')).rcode).toBe('NOERROR');
  const shortages = await world.metric('svcdns_forward_socket_shortages_total{reason="EMFILE"}');
  expect(shortages).toBeGreaterThan(0);
  expect(await world.metric('svcdns_forward_upstream_up')).toBe(1);
  expect(await world.metric('coredns_panics_total')).toBe(0);
});

/** The number that the next file opened would get. */
function lowestFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  for (let file = 0; ; file++) if (!open.has(file)) return file;
}

/** Nobody takes the connection: it is closed, not left waiting. */
async function closedAtOnce(port: number): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
}
