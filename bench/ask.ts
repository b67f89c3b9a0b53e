import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  streamDecode,
  streamEncode,
} from 'dns-packet';
import type { Question } from './workload.ts';

const WAIT_MS = 1000;

/** What a server of 127.0.0.1 answers: addresses, NODATA, another rcode, or `nothing`. */
export async function ask(
  port: number,
  { name, type }: Omit<Question, 'answer'>,
  transport: 'udp' | 'tcp' = 'udp',
): Promise<string> {
  const id = Math.floor(Math.random() * 65_536);
  // RD: some servers refuse to look outside without it.
  const query: Packet = { type: 'query', id, flags: 0x100, questions: [{ name, type }] };
  const reply =
    transport === 'udp'
      ? await overUdp(port, encode(query))
      : await overTcp(port, streamEncode(query));
  return reply === undefined ? 'nothing' : answerText(reply, id, type);
}

function answerText(reply: DecodedPacket, id: number, type: string): string {
  if (reply.id !== id) return 'a reply to something else';
  const { rcode } = reply as DecodedPacket & { readonly rcode: string };
  if (rcode !== 'NOERROR') return rcode;
  const found = (reply.answers ?? []).flatMap((answer) =>
    answer.type === type && 'data' in answer ? [String(answer.data)] : [],
  );
  return found.length === 0 ? 'NODATA' : found.join();
}

function overUdp(port: number, query: Buffer): Promise<DecodedPacket | undefined> {
  const socket = createSocket('udp4');
  return new Promise<DecodedPacket | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), WAIT_MS);
    const end = (reply?: Buffer) => {
      clearTimeout(timer);
      resolve(reply && decode(reply));
    };
    socket.once('message', end);
    // Nobody listens yet.
    socket.once('error', () => end());
    socket.connect(port, '127.0.0.1', () => socket.send(query));
  }).finally(() => socket.close());
}

async function overTcp(port: number, query: Buffer): Promise<DecodedPacket | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.end(query);
  socket.setTimeout(WAIT_MS, () => socket.destroy());
  try {
    // The types leave out that this is decoded as `decode` does it.
    return streamDecode(await buffer(socket)) as DecodedPacket;
  } catch {
    return undefined;
  }
}

/**
 * Asks until all answers are right: names in parts come one after the other.
 *
 * @throws Error when they are not for so long
 */
export async function untilRight(
  port: number,
  questions: readonly Question[],
  isRunning: () => boolean,
  seconds: number,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const wrong = await wrongAnswer(port, questions, 'udp');
    if (wrong === undefined) return;
    if (!isRunning()) throw new Error('it has ended');
    if (performance.now() > deadline) throw new Error(`after ${seconds} s, ${wrong}`);
    await sleep(5);
  }
}

/** The first answer that is wrong, in words; undefined when all are right. */
export async function wrongAnswer(
  port: number,
  questions: readonly Question[],
  transport: 'udp' | 'tcp',
): Promise<string | undefined> {
  for (const question of questions) {
    const answer = await ask(port, question, transport);
    if (answer !== question.answer) {
      const { name, type } = question;
      return `${name} ${type} over ${transport}: found ${answer}, expected ${question.answer}`;
    }
  }
  return undefined;
}
