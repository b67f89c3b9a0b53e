import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../support/clock.ts';
import { ApiError, connectionError } from './api-error.ts';

/** A reply whose body is being sent. */
export interface ApiBody {
  /** Its parts as they come; an `ApiError` when it breaks off, or nothing comes for too long. */
  readonly chunks: AsyncIterable<Buffer>;
  /** When nothing comes for so long, the server is taken for gone; ms. It may change meanwhile. */
  idleMs: number;
}

/** The body of a reply. */
export function bodyOf(response: IncomingMessage, idleMs: number, clock: Clock): ApiBody {
  const body: ApiBody = { chunks: chunksOf(response, () => body.idleMs, clock), idleMs };
  return body;
}

async function* chunksOf(
  response: IncomingMessage,
  idleMs: () => number,
  clock: Clock,
): AsyncGenerator<Buffer> {
  const silence = () =>
    response.destroy(new ApiError('connection', `nothing came for ${idleMs() / 1000} s`));
  let timer = clock.setTimeout(silence, idleMs());
  try {
    for await (const chunk of response) {
      timer.cancel();
      yield chunk as Buffer;
      timer = clock.setTimeout(silence, idleMs());
    }
  } catch (error) {
    throw connectionError(error);
  } finally {
    timer.cancel();
    response.destroy();
  }
}

/**
 * The whole text of a reply.
 *
 * @throws RangeError when it has more than `maxBytes`.
 */
export async function textOf({ chunks }: ApiBody, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`a reply of over ${maxBytes} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

const NEWLINE = 0x0a;

/**
 * The lines of a reply, one after the other: of a long one there is never more in memory than a
 * line, and what is on its way.
 *
 * @throws ApiError for a line over `maxBytes`, and for one that breaks off.
 */
export async function* linesOf({ chunks }: ApiBody, maxBytes: number): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      begun.push(chunk.subarray(start, end));
      const line = begun.length === 1 ? begun[0]! : Buffer.concat(begun);
      begun = [];
      bytes = 0;
      start = end + 1;
      if (line.length > 0) yield line.toString('utf8');
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > maxBytes) {
      throw new ApiError('malformed', `an object of over ${maxBytes} bytes: expected fewer`);
    }
  }
  if (bytes > 0) throw new ApiError('connection', 'the reply broke off in the middle of an object');
}
