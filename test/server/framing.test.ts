import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../src/server/framing.ts';
import { query } from './scripted-exchange.ts';
import { framed } from './tcp-client.ts';

const MAX_BYTES = 100;

describe('FrameReader', () => {
  test('gives the same messages however the stream was split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 2 * MAX_BYTES }), { maxLength: 8 }),
        fc.array(fc.nat({ max: 300 }), { maxLength: 40 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(framed));
          expect(read(split(stream, cuts))).toEqual(messages.flatMap(asTaken));
        },
      ),
    );
  });

  test('gives the same messages byte by byte', () => {
    const stream = Buffer.concat([query(1, 'a'), query(2), query(3, 'ccc')].map(framed));
    const bytes = [...stream].map((byte) => Buffer.from([byte]));
    expect(read(bytes)).toEqual([query(1, 'a'), query(2), query(3, 'ccc')].map(hex));
  });

  test('passes over messages too short for a header, and counts them', () => {
    const frames = new FrameReader(MAX_BYTES);
    frames.push(Buffer.concat([Buffer.alloc(0), Buffer.alloc(11), query(7)].map(framed)));
    expect(frames.next()).toEqual(query(7));
    expect(frames.short).toBe(2);
  });

  test('gives only the header of a message that is too long, and counts it', () => {
    const frames = new FrameReader(MAX_BYTES);
    frames.push(framed(Buffer.concat([query(7), Buffer.alloc(65_523)])));
    expect(frames.next()).toEqual(query(7));
    expect(frames.next()).toBeUndefined();
    expect([frames.long, frames.partial]).toEqual([1, false]);
  });

  test.for([
    ['nothing', '', false],
    ['half a length', '00', true],
    ['a length', '000c', true],
    ['all but one byte', `000c${hex(query(1)).slice(0, -2)}`, true],
    ['a whole message', `000c${hex(query(1))}`, false],
    ['a whole message and half a length', `000c${hex(query(1))}00`, true],
    ['an empty message', '0000', false],
  ] as const)('partial after %s is told', ([, bytes, expected]) => {
    const frames = new FrameReader(MAX_BYTES);
    frames.push(Buffer.from(bytes, 'hex'));
    while (frames.next() !== undefined);
    expect(frames.partial).toBe(expected);
  });
});

/** What must come out for a message that went in. */
function asTaken(message: Uint8Array): string[] {
  if (message.length < 12) return [];
  return [hex(message.length > MAX_BYTES ? message.subarray(0, 12) : message)];
}

function read(chunks: readonly Buffer[]): string[] {
  const frames = new FrameReader(MAX_BYTES);
  const messages: string[] = [];
  for (const chunk of chunks) {
    frames.push(chunk);
    for (let one = frames.next(); one !== undefined; one = frames.next()) messages.push(hex(one));
  }
  return messages;
}

function split(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return [...chunks, stream.subarray(at)];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
