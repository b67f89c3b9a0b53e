import type { RemoteInfo } from 'node:dgram';
import { describe, expect, test } from 'vitest';
import { Gathering } from '../../../src/server/udp/gathering.ts';

/** What was answered, as `number@received/seen`, and the ends of turns that are waited for. */
function world(refused: readonly number[] = []) {
  const answered: string[] = [];
  const time = { ms: 0 };
  let ends: (() => void)[] = [];
  let count = 0;
  const gathering = new Gathering({
    takes: ({ port }) => !refused.includes(port),
    answer: (message, { port }, receivedAt, seenAt) => {
      expect(message.readUInt16BE()).toBe(port);
      answered.push(`${port}@${receivedAt}/${seenAt}`);
    },
    now: () => time.ms,
    schedule: (run) => void ends.push(run),
  });
  const read = (datagrams: number, msEach = 0) => {
    for (let i = 0; i < datagrams; i++) {
      const port = count++;
      const client: RemoteInfo = { address: '10.0.0.1', family: 'IPv4', port, size: 2 };
      gathering.add(Buffer.from([port >> 8, port & 0xff]), client);
      time.ms += msEach;
    }
  };
  const endTurn = () => {
    const due = ends;
    ends = [];
    for (const run of due) run();
  };
  return { gathering, answered, time, read, endTurn, waiting: () => ends.length };
}

/** So many at once that turns are gathered from then on. */
const MANY = 32;

describe('Gathering', () => {
  test('answers each datagram at once while few come', () => {
    const { answered, read, waiting } = world();
    read(100, 1);
    expect([answered.length, answered[99], waiting()]).toEqual([100, '99@99/0', 0]);
  });

  test('answers those of a turn at its end while many come, in order', () => {
    const { gathering, answered, time, read, endTurn, waiting } = world();
    read(MANY);
    time.ms = 5;
    read(10);
    expect([answered.length, gathering.size, waiting()]).toEqual([MANY, 10, 1]);
    time.ms = 6;
    endTurn();
    expect(gathering.size).toBe(0);
    expect(answered.slice(MANY)).toEqual(Array.from({ length: 10 }, (_, at) => `${MANY + at}@5/6`));
  });

  test('answers each at once again after a turn with few', () => {
    const { answered, read, endTurn } = world();
    read(MANY);
    read(3);
    endTurn();
    read(1);
    expect(answered).toHaveLength(MANY + 4);
  });

  test('asks at once whether a datagram is answered, so that none is kept in vain', () => {
    const { gathering, answered, read, endTurn } = world([1, MANY + 1]);
    read(MANY);
    read(4);
    expect(gathering.size).toBe(3);
    endTurn();
    expect(answered).toHaveLength(MANY + 4 - 2);
  });

  test('keeps no more than 64, and answers what is left when it is told to', () => {
    const { gathering, answered, read, endTurn } = world();
    read(MANY);
    read(70);
    expect([answered.length, gathering.size]).toEqual([MANY + 64, 6]);
    gathering.answerAll();
    endTurn();
    expect([answered.length, gathering.size]).toEqual([MANY + 70, 0]);
  });
});
