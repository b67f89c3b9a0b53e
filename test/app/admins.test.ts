import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Admins } from '../../src/app/admins.ts';
import type { ListenAddress } from '../../src/corefile/listen-address.ts';
import { ListenError } from '../../src/server/listen/listen-error.ts';
import { systemClock } from '../../src/support/clock.ts';
import { noPages } from '../admin/no-pages.ts';
import { freePort } from '../helpers/free-port.ts';
import { testContext } from '../helpers/plugin-harness.ts';

let admins: Admins;
let holder: Server;
let taken: ListenAddress;

beforeEach(async () => {
  const { log, metrics } = testContext();
  admins = new Admins({ log, metrics, clock: systemClock, notReady: () => [], ...noPages });
  taken = local(freePort());
  holder = createServer().listen(taken.port, taken.address);
  await once(holder, 'listening');
});

afterEach(async () => {
  await admins.stop();
  holder.close();
});

const local = (port: number): ListenAddress => ({ address: '127.0.0.1', port });
const everywhere = (port: number): ListenAddress => ({ address: '', port });

async function serve(...addresses: ListenAddress[]): Promise<void> {
  const prepared = await admins.prepare(addresses, '--admin');
  prepared.commit();
  await prepared.closeOld(0);
}

const answers = ({ port }: ListenAddress) =>
  fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: 'close' } }).then(
    ({ status }) => status === 200,
    () => false,
  );

test('Admins.prepare() opens beside what there is, and closes the old only when told', async () => {
  const [one, two] = [local(freePort()), local(freePort())];
  await serve(one);
  const prepared = await admins.prepare([two], '--admin');
  expect([await answers(one), await answers(two)]).toEqual([true, true]);
  expect(admins.addresses).toEqual([one]);
  prepared.commit();
  expect(admins.addresses).toEqual([two]);
  expect(await answers(one)).toBe(true);
  await prepared.closeOld(0);
  expect([await answers(one), await answers(two)]).toEqual([false, true]);
});

test('Admins.prepare() changes nothing when one of the addresses is taken', async () => {
  const [one, two] = [local(freePort()), local(freePort())];
  await serve(one);
  const failing = admins.prepare([two, taken], 'health, ready or prometheus');
  await expect(failing).rejects.toThrow(ListenError);
  await expect(failing).rejects.toThrow(
    `in the Corefile, as in health 127.0.0.1:${taken.port + 1}`,
  );
  expect(admins.addresses).toEqual([one]);
  expect([await answers(one), await answers(two)]).toEqual([true, false]);
});

test('Admins.prepare() closes what was opened when it is aborted', async () => {
  const [one, two] = [local(freePort()), local(freePort())];
  await serve(one);
  await (await admins.prepare([one, two], '--admin')).abort();
  expect(admins.addresses).toEqual([one]);
  expect([await answers(one), await answers(two)]).toEqual([true, false]);
});

test.for([
  ['all addresses to one', everywhere, local],
  ['one address to all', local, everywhere],
] as const)('Admins take a port from %s, and back when the reload fails', async ([, from, to]) => {
  const port = freePort();
  await serve(from(port));
  const failing = admins.prepare([to(port), taken], '--admin');
  await expect(failing).rejects.toThrow(ListenError);
  expect(admins.addresses).toEqual([from(port)]);
  expect(await answers(local(port))).toBe(true);
  await serve(to(port));
  expect(admins.addresses).toEqual([to(port)]);
  expect(await answers(local(port))).toBe(true);
});
