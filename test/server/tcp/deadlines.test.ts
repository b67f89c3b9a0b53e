import { expect, test } from 'vitest';
import { encodeQuery } from '../../helpers/query.ts';
import { until } from '../until.ts';
import { serving } from './tcp-world.ts';

const CLOSED = 'svcdns_tcp_connections_closed_total';

test('deadlines are kept for those who stay when others go, and no clock runs for nobody', async () => {
  const { connect, clock, counted } = await serving();
  expect(clock.timers).toBe(0);
  const stays = await connect();
  const goes = await connect();
  expect(clock.timers).toBe(1);

  goes.socket.destroy();
  await until(async () => (await counted(CLOSED)).length === 1);
  expect(clock.timers).toBe(1);
  expect(stays.closed).toBe(false);

  clock.advance(60_000);
  await stays.gone();
  expect(clock.timers).toBe(0);

  const next = await connect();
  next.send(encodeQuery('www.example.org.', 'A'));
  await next.received(1);
  expect(clock.timers).toBe(1);
  clock.advance(60_000);
  await next.gone();
  expect(clock.timers).toBe(0);
});

test('the last one to go takes the clock along, and the next one has it again', async () => {
  const { connect, clock } = await serving();
  const only = await connect();
  only.socket.destroy();
  await until(() => clock.timers === 0);
  await connect();
  expect(clock.timers).toBe(1);
});

test('a question that came while the process stood still is answered, and who sent none is closed', async () => {
  const { connect, clock, counted } = await serving();
  const sent = await connect();
  const silent = await connect();
  clock.stall(60_000);
  sent.send(encodeQuery('www.example.org.', 'A'));
  await sent.received(1);
  clock.advance(200);
  await silent.gone();
  expect(sent.closed).toBe(false);
  expect(await counted(CLOSED)).toHaveLength(1);
});
