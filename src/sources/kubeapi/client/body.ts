import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { NEWLINE } from '../../../support/ascii.ts';
import type { Clock, Timer } from '../../../support/clock.ts';
import { ApiError, connectionError } from './api-error.ts';

/** A reply whose body is being sent. */
export interface ApiBody {
  /**
   * Calls `take` with each part when it comes, and resolves at the end. Rejects with an `ApiError`
   * when it breaks off, or nothing comes for too long; and with what `take` throws.
   */
  read(take: (chunk: Buffer) => void): Promise<void>;
  /** When nothing comes for so long, the server is taken for gone; ms. It may change meanwhile. */
  idleMs: number;
}

/** The body of a reply. */
export function bodyOf(response: IncomingMessage, idleMs: number, clock: Clock): ApiBody {
  const body: ApiBody = {
    read: (take) => readAll(response, take, () => body.idleMs, clock),
    idleMs,
  };
  return body;
}

/** By events: an iterator takes a dozen promises for each part, of which a watch has many. */
function readAll(
  response: IncomingMessage,
  take: (chunk: Buffer) => void,
  idleMs: () => number,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let heardAt = clock.now();
    let timer: Timer | undefined;
    // One timer that looks again, as a part a millisecond would be as many timers.
    const look = () => {
      const left = heardAt + idleMs() - clock.now();
      if (left > 0) timer = clock.setTimeout(look, left);
      else end(new ApiError('connection', `nothing came for ${idleMs() / 1000} s`));
    };
    const end = (error?: unknown) => {
      timer?.cancel();
      if (error === undefined || error === null) resolve();
      else reject(error);
      response.destroy();
    };
    look();
    finished(response, { writable: false }, (error) => end(error && connectionError(error)));
    response.on('data', (chunk: Buffer) => {
      heardAt = clock.now();
      try {
        take(chunk);
      } catch (error) {
        end(error);
      }
    });
  });
}

/**
 * The whole text of a reply.
 *
 * @throws RangeError when it has more than `maxBytes`.
 */
export async function textOf(body: ApiBody, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  await body.read((chunk) => {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`a reply of over ${maxBytes} bytes`);
    parts.push(chunk);
  });
  return Buffer.concat(parts).toString('utf8');
}

/**
 * Calls `take` with the lines of a reply, one after the other: of a long one there is never more in
 * memory than a line, and what is on its way.
 *
 * @throws ApiError for a line over `maxBytes`, and for one that breaks off.
 */
export async function readLines(
  body: ApiBody,
  maxBytes: number,
  take: (line: string) => void,
): Promise<void> {
  let begun: Buffer[] = [];
  let bytes = 0;
  await body.read((chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line =
        bytes === 0
          ? chunk.toString('utf8', start, end)
          : Buffer.concat([...begun, chunk.subarray(start, end)]).toString('utf8');
      begun = [];
      bytes = 0;
      start = end + 1;
      if (line !== '') take(line);
    }
    if (start === chunk.length) return;
    begun.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > maxBytes) {
      throw new ApiError('malformed', `an object of over ${maxBytes} bytes: expected fewer`);
    }
  });
  if (bytes > 0) throw new ApiError('connection', 'the reply broke off in the middle of an object');
}
