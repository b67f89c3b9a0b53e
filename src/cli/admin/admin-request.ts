import http from 'node:http';
import { DEFAULT_ADMIN_TEXT } from '../../config/plain-target.ts';
import { quoted } from '../../corefile/problems.ts';
import { addressAndPort, reachableAddress } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { systemClock } from '../../support/clock.ts';
import { reason } from '../query/dns-client.ts';
import { answersDns } from './answers-dns.ts';

/** For one answer; a server that is reading a large folder needs some seconds; ms. */
const TIMEOUT_MS = 10_000;

/** After so long a server may not be one of HTTP; ms. */
const SILENCE_MS = 500;

/** More than any answer of a server has. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Nothing listens there, or no longer does. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

/** The server cannot answer now: it is reading manifests. */
export class NotNowError extends Error {
  override readonly name = 'NotNowError';
}

/** Another program listens there, or a svcdns that has no such page. */
export class WrongServerError extends Error {
  override readonly name = 'WrongServerError';
}

/** An answer of an admin server. */
export interface AdminReply {
  readonly status: number;
  readonly text: string;
}

/** The admin address of a running server. */
export class AdminAddress {
  readonly #address: SocketAddress;
  readonly #timeoutMs: number;
  /** For messages. */
  readonly place: string;

  constructor({ address, port }: SocketAddress, timeoutMs = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
    this.#address = { address: reachableAddress(address), port };
    this.place = `http://${addressAndPort(this.#address)}`;
  }

  /**
   * Gets a page. `accepted` are statuses, beside 200, whose text is of use.
   *
   * @throws NoServerError, NotNowError or WrongServerError.
   */
  async get(path: string, accepted: readonly number[] = []): Promise<AdminReply> {
    const reply = await this.#request(path);
    const { status, text } = reply;
    if (status === 200 || accepted.includes(status)) return reply;
    if (status === 503) throw new NotNowError(text.trim());
    const first = quoted(text.split('\n', 1)[0]?.slice(0, 100) ?? '');
    throw new WrongServerError(
      `${this.place}${path} said ${status} ${first}: expected the admin server of svcdns`,
    );
  }

  #request(path: string): Promise<AdminReply> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const { address: host, port } = this.#address;
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => {
        silence.cancel();
        if (error instanceof WrongServerError) reject(error);
        else if (!signal.aborted) reject(new NoServerError(reason(error), { cause: error }));
        else reject(new NotNowError(`No answer within ${this.#timeoutMs / 1000} s`));
      };
      // A DNS server reads GET as the length of a message, 18,245 bytes, and waits for all of it.
      const silence = systemClock.setTimeout(async () => {
        if (await answersDns(this.#address)) request.destroy(this.#dnsPort());
      }, SILENCE_MS);
      const request = http.get({ host, port, path, agent: false, signal }, (response) => {
        silence.cancel();
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > MAX_BYTES) response.destroy(new Error('An answer without an end'));
        });
        response.on('error', failed);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', failed);
    });
  }

  #dnsPort(): WrongServerError {
    const place = addressAndPort(this.#address);
    return new WrongServerError(
      `${place} looks like the DNS port, as DNS is answered there: expected the admin address, ${DEFAULT_ADMIN_TEXT} unless --admin or the Corefile of the server says another`,
    );
  }
}
