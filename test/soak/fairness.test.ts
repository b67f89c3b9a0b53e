import { expect, onTestFinished, test, vi } from 'vitest';
import { ServerProcess, stockCorefile, WEB } from '../e2e/server-process.ts';
import { rcodeOf, UdpClient } from '../e2e/udp-client.ts';
import { encodeQuery } from '../helpers/query.ts';
import { startUpstream } from './reload-upstream.ts';

// One client asks as much as it can, and two others now and then. What counts is what those lose,
// of questions that they ask once: 2,000 for a name of the cluster, 1,000 for names outside.

const UPSTREAM_PORT = 20_311;

/** A tick is 5 ms, or as long as the machine takes; so many of them. */
const TICK_MS = 5;
const TICKS = 2000;

/** After the last question, ms: what is answered later is lost to its client. */
const PATIENCE_MS = 2000;

interface FloodKind {
  readonly what: string;
  /** Messages in a tick. */
  readonly each: number;
  readonly message: (number: number) => Buffer;
}

const FLOODS: readonly FloodKind[] = [
  { what: '10,000 names outside', each: 50, message: outsideNames('flood') },
  { what: '30,000 messages of random bytes', each: 150, message: randomMessage },
  { what: '30,000 times a name of the cluster', each: 150, message: () => CLUSTER },
];

const CLUSTER = encodeQuery(WEB, 'A');

test.for(FLOODS)(
  'one client sends $what a second: another loses at most 1 % of its cluster names, a third at most 10 % of its others',
  async ({ each, message }) => {
    const upstream = await startUpstream(UPSTREAM_PORT);
    onTestFinished(() => upstream.stop());
    const server = await ServerProcess.start(stockCorefile(UPSTREAM_PORT));
    const client = async (from: string) => {
      const opened = await UdpClient.open(server.address, { from });
      onTestFinished(() => opened.close());
      return opened;
    };
    const flooding = await client('127.0.0.9');
    const cluster = await client('127.0.0.2');
    const outside = await client('127.0.0.3');
    const outsideName = outsideNames('other');
    let sent = 0;
    for (let tick = 0; tick < TICKS; tick++) {
      for (let i = 0; i < each; i++) flooding.send(message(sent++));
      cluster.send(CLUSTER);
      if (tick % 2 === 0) outside.send(outsideName(tick));
      flooding.received.length = 0;
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    const answered = ({ received }: UdpClient) =>
      received.filter((reply) => rcodeOf(reply) === 0).length;
    const areAll = () => answered(cluster) === TICKS && answered(outside) === TICKS / 2;
    await vi.waitUntil(areAll, { timeout: PATIENCE_MS }).catch(() => {});
    expect(answered(cluster)).toBeGreaterThanOrEqual(TICKS * 0.99);
    expect(answered(outside)).toBeGreaterThanOrEqual((TICKS / 2) * 0.9);
    expect(await server.metric('coredns_panics_total')).toBe(0);
  },
);

/** Questions for `PREFIX-NUMBER.NUMBER.example.`, no two alike. */
function outsideNames(prefix: string): (number: number) => Buffer {
  const digits = (number: number) => number.toString(16).padStart(8, '0');
  const template = encodeQuery(`${prefix}-${digits(0)}.${digits(0)}.example.`, 'A');
  const first = 12 + 1 + prefix.length + 1;
  return (number) => {
    const query = Buffer.from(template);
    query.writeUInt16BE(number & 0xffff);
    query.write(digits(number), first, 'latin1');
    query.write(digits(number), first + 9, 'latin1');
    return query;
  };
}

/** A query's header and 40 bytes that look random; the same for the same number. */
function randomMessage(number: number): Buffer {
  const message = Buffer.alloc(52);
  let state = number + 1;
  for (let at = 0; at < message.length; at += 4) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    message.writeInt32LE(state | 0, at);
  }
  message[2]! &= 0x7f; // no reply: those are not answered at all
  return message;
}
