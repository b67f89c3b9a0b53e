import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_QUERY_BYTES } from '../../../src/dns/intake.ts';
import { Query, type SocketAddress } from '../../../src/dns/query.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { PENDING } from '../../../src/server/exchange.ts';
import { Switchboard } from '../../../src/server/listen/switchboard.ts';
import { idOf, later, query, ScriptedExchange } from '../scripted-exchange.ts';

const PEER: SocketAddress = { address: '192.0.2.7', port: 5353 };
const OUTPUT = Buffer.alloc(4096);

let time = 0;
let next: ScriptedExchange;
let metrics: Metrics;
let board: Switchboard;
let replies: { readonly message: Uint8Array; readonly peer: SocketAddress }[];

beforeEach(() => {
  next = new ScriptedExchange();
  metrics = new Metrics();
  board = new Switchboard(
    next,
    metrics.counter('svcdns_queries_dropped_before_start_total'),
    () => time,
  );
  replies = [];
});

const sink = {
  reply: (message: Uint8Array, peer: SocketAddress) => void replies.push({ message, peer }),
};

const asked = (input: Buffer, transport: 'udp' | 'tcp' = 'udp') => {
  const given = { input, length: input.length, peer: PEER, transport, sink };
  return board.answer(Object.assign(new Query(), given), OUTPUT);
};

const ids = () => replies.map(({ message }) => idOf(Buffer.from(message)));

describe('Switchboard', () => {
  test('asks nobody and answers nothing before it is told who serves', () => {
    expect(asked(query(1))).toBe(PENDING);
    expect([next.taken, replies]).toEqual([[], []]);
  });

  test('then answers what it has held, in order, each with its own bytes', () => {
    const reused = query(1, 'one');
    asked(reused);
    query(9, 'xxx').copy(reused); // the listener reads the next query into the same buffer
    asked(query(2, 'two'), 'tcp');
    board.serve(next, next);
    expect(next.taken.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(replies).toEqual([
      { message: query(1, 'one'), peer: PEER },
      { message: query(2, 'two'), peer: PEER },
    ]);
  });

  test('hands what it has held out through the guard in front of it', () => {
    asked(query(1));
    const guard = new ScriptedExchange(() => 0);
    board.serve(next, guard);
    expect([guard.taken.length, next.taken.length]).toEqual([1, 0]);
    expect(replies).toEqual([{ message: Buffer.alloc(0), peer: PEER }]);
  });

  test('leaves a reply that comes later to whoever gives it', () => {
    asked(query(1));
    next.script = later;
    board.serve(next, next);
    expect(replies).toEqual([]);
    next.replyTo(0);
    expect(ids()).toEqual([1]);
  });

  test('holds no more than 256, counts what it drops, and keeps the oldest', async () => {
    const results = Array.from({ length: 258 }, (_, id) => asked(query(id)));
    expect(results.slice(255)).toEqual([PENDING, 0, 0]);
    board.serve(next, next);
    expect(ids()).toEqual(Array.from({ length: 256 }, (_, id) => id));
    expect(await metrics.text()).toContain('svcdns_queries_dropped_before_start_total 2\n');
  });

  test('counts the time that it held a query as none of its own', () => {
    asked(query(1));
    time = 7000;
    const guard = { answer: ({ receivedAt }: Query) => receivedAt - 7000 };
    board.serve(next, guard);
    expect(replies).toEqual([{ message: Buffer.alloc(0), peer: PEER }]);
  });

  test('holds nothing longer than a query', () => {
    expect(asked(Buffer.alloc(MAX_QUERY_BYTES))).toBe(PENDING);
    expect(asked(Buffer.alloc(MAX_QUERY_BYTES + 1))).toBe(0);
  });

  test('passes everything on once somebody serves, and over to the next', () => {
    board.serve(next, next);
    expect(asked(query(1, 'now'))).toBe(query(1, 'now').length);
    const other = new ScriptedExchange(() => 12);
    other.tcpLimits = { tcpQueries: 7 };
    board.serve(other, other);
    expect(asked(query(2))).toBe(12);
    expect([next.taken.length, other.taken.length]).toEqual([1, 1]);
    expect([replies, board.tcpLimits]).toEqual([[], { tcpQueries: 7 }]);
  });
});
