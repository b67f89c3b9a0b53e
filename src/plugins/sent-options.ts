import type { EdnsOptionData } from '../dns/edns.ts';
import type { RequestEdns } from './plugin.ts';

/**
 * Most bytes of the options that go upstream with a question. With the longest name, the header and
 * the OPT record a query then still fits into 1232 bytes.
 */
export const MAX_SENT_BYTES = 900;

const NONE: readonly EdnsOptionData[] = [];

/**
 * The EDNS options that upstreams get with a question: those that `rewrite` has set. They may
 * change the answer, so they are part of what is asked. What the client itself sent (a subnet, a
 * cookie) is between it and us.
 */
export function sentOptions({
  edns,
}: {
  readonly edns: Pick<RequestEdns, 'options'> | undefined;
}): readonly EdnsOptionData[] {
  if (edns === undefined || edns.options.length === 0) return NONE;
  const sent = edns.options.filter(({ isOurs }) => isOurs === true);
  return sent.length === 0 ? NONE : sent;
}

/** Bytes of the options in an OPT record. */
export function sentBytes(options: readonly EdnsOptionData[]): number {
  return options.reduce((total, { data }) => total + 4 + data.length, 0);
}

/** All of the options, as they stand in an OPT record, one character a byte: the key of a map. */
export function optionsKey(options: readonly EdnsOptionData[]): string {
  return options.map(({ code, data }) => header(code, data.length) + latin1(data)).join('');
}

function header(code: number, length: number): string {
  return String.fromCharCode(code >> 8, code & 0xff, length >> 8, length & 0xff);
}

function latin1(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
}
