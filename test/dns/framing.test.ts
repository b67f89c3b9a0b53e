import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader, framed } from '../../src/dns/framing.ts';
import { runs } from '../helpers/runs.ts';
import { query } from '../server/scripted-exchange.ts';

const MAX_BYTES = 100;

/** Any bytes, and messages too short, too long and just right with any bytes behind. */
const streams = fc
  .tuple(
    fc.array(fc.uint8Array({ maxLength: 2 * MAX_BYTES }), { maxLength: 8 }),
    fc.uint8Array({ maxLength: 300 }),
  )
  .map(([messages, rest]) => Buffer.concat([...messages.map((one) => framed(one)), rest]));

/** Where a stream is split, and how often `next()` is called before each of the parts is pushed. */
const splits = fc.array(fc.record({ size: fc.nat({ max: 300 }), calls: fc.nat({ max: 4 }) }), {
  maxLength: 40,
});

describe('FrameReader', () => {
  test('gives the messages that were framed, however the stream was split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 2 * MAX_BYTES }), { maxLength: 8 }),
        fc.array(fc.nat({ max: 300 }), { maxLength: 40 }),
        (messages, sizes) => {
          const stream = Buffer.concat(messages.map((one) => framed(one)));
          const splits = sizes.map((size) => ({ size, calls: Number.POSITIVE_INFINITY }));
          expect(read(stream, splits).messages).toEqual(messages.flatMap(asTaken));
        },
      ),
    );
  });

  test.for([
    [12, MAX_BYTES],
    [0, MAX_BYTES],
    [0, 0xffff],
  ])(
    'from %i to %i bytes: any bytes, any split, any number of next() between pushes equal the whole cut at once',
    ([minBytes, maxBytes]) => {
      fc.assert(
        fc.property(streams, splits, (stream, parts) => {
          const limits = { minBytes: minBytes!, maxBytes: maxBytes! };
          expect(read(stream, parts, limits)).toEqual(read(stream, [], limits));
        }),
        { numRuns: runs(500) },
      );
    },
  );

  test('gives the same messages byte by byte', () => {
    const stream = Buffer.concat(
      [query(1, 'a'), query(2), query(3, 'ccc')].map((one) => framed(one)),
    );
    const bytes = Array.from(stream, () => ({ size: 1, calls: 2 }));
    const expected = [query(1, 'a'), query(2), query(3, 'ccc')].map(hex);
    expect(read(stream, bytes).messages).toEqual(expected);
  });

  test('does not copy a message that is all in one chunk', () => {
    const frames = new FrameReader({ maxBytes: MAX_BYTES });
    const chunk = framed(query(7));
    frames.push(chunk);
    expect(frames.next()?.buffer).toBe(chunk.buffer);
  });

  test('keeps 12 bytes of a message that is too long and not all there', () => {
    const frames = new FrameReader({ maxBytes: MAX_BYTES });
    const long = framed(Buffer.concat([query(7), Buffer.alloc(65_523)]));
    frames.push(long.subarray(0, 60_000));
    expect(frames.next()).toBeUndefined();
    frames.push(long.subarray(60_000));
    expect(frames.next()?.buffer.byteLength).toBe(12);
  });

  test('passes over messages too short for a header, and counts them', () => {
    const frames = new FrameReader({ maxBytes: MAX_BYTES });
    frames.push(
      Buffer.concat([Buffer.alloc(0), Buffer.alloc(11), query(7)].map((one) => framed(one))),
    );
    expect(frames.next()).toEqual(query(7));
    expect(frames.short).toBe(2);
  });

  test('gives only the header of a message that is too long, and counts it', () => {
    const frames = new FrameReader({ maxBytes: MAX_BYTES });
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
    const frames = new FrameReader({ maxBytes: MAX_BYTES });
    frames.push(Buffer.from(bytes, 'hex'));
    while (frames.next() !== undefined);
    expect(frames.next()).toBeUndefined();
    expect(frames.partial).toBe(expected);
  });
});

/** What must come out for a message that went in. */
function asTaken(message: Uint8Array): string[] {
  if (message.length < 12) return [];
  return [hex(message.length > MAX_BYTES ? message.subarray(0, 12) : message)];
}

interface Part {
  readonly size: number;
  /** How often `next()` is called once this part has been pushed. */
  readonly calls: number;
}

/** What comes of a stream pushed in these parts, the rest of it last. */
function read(
  stream: Buffer,
  parts: readonly Part[],
  limits = { minBytes: 12, maxBytes: MAX_BYTES },
) {
  const frames = new FrameReader(limits);
  const messages: string[] = [];
  let at = 0;
  for (const { size, calls } of parts) {
    frames.push(stream.subarray(at, at + size));
    at += size;
    for (let call = 0; call < calls; call++) {
      const message = frames.next();
      if (message !== undefined) messages.push(hex(message));
      else if (calls === Number.POSITIVE_INFINITY) break;
    }
  }
  frames.push(stream.subarray(at));
  for (let one = frames.next(); one !== undefined; one = frames.next()) messages.push(hex(one));
  return { messages, short: frames.short, long: frames.long, partial: frames.partial };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
