import { describe, expect, test } from 'vitest';
import { SipHash } from '../../src/dns/siphash.ts';

/**
 * `vectors_sip64` of the reference implementation: the hashes of 0 to 63 bytes 00 01 02 … under the
 * key 00 … 0f.
 */
const REFERENCE = `
  310e0edd47db6f72fd67dc93c539f8745a4fa9d909806c0d2d7efbd796666785b7877127e09427cf
  8da699cd64557618cee3fe586e46c9cb37d1018bf50002ab6224939a79f5f593b0e4a90bdf82009e
  f3b9dd94c5bb5d7aa7ad6b22462fb3f4fbe50e86bc8f1e75903d84c02756ea14eef27a8e90ca23f7
  e545be4961ca29a1db9bc2577fcc2a3f9447be2cf5e99a699cd38d96f0b3c14bbd6179a71dc96dbb
  98eea21af25cd6bec7673b2eb0cbf2d0883ea3e395675393c8ce5ccd8c030ca894af49f6c650adb8
  eab8858ade92e1bcf315bb5bb835d817adcf6b0763612e2fa5c91da7acaa4dde716595876650a2a6
  28ef495c53a387ad42c341d8fa92d832ce7cf2722f512771e37859f94623f3a7381205bb1ab0e012
  ae97a10fd434e015b4a31508beff4d3181396229f09079024d0cf49ee5d4dcca5c73336a76d8bf9a
  d0a704536ba93e0e925958fcd6420cada915c29bc8067318952b79f3bc0aa6d4f21df2e41d4535f9
  87577519048f53a910a56cf5dfcd9adbeb75095ccd986cd051a9cb9ecba312e696afadfc2ce666c7
  72fe52975a4364ee5a1645b276d592a1b274cb8ebf87870a6f9bb4203de7b381eaecb2a30b22a87f
  9924a43cc1315724bd838d3aafbf8db70b1a2a3265d51aea135079a3231ce660932b2846e4d70666
  e1915f5cb1eca46cf325965ca16d629f575ff28e60381be5724506eb4c328a95
`.replace(/\s/g, '');

const counting = (length: number) => Uint8Array.from({ length }, (_, at) => at);

function hash(key: Uint8Array, bytes: Uint8Array, length = bytes.length): string {
  const sip = new SipHash(key);
  sip.hash(bytes, length);
  const hashed = Buffer.alloc(8);
  hashed.writeInt32LE(sip.low, 0);
  hashed.writeInt32LE(sip.high, 4);
  return hashed.toString('hex');
}

describe('SipHash', () => {
  test('has the hashes of the reference implementation', () => {
    const all = Array.from({ length: 64 }, (_, length) => hash(counting(16), counting(length)));
    expect(all).toEqual(REFERENCE.match(/.{16}/g));
  });

  test('reads no byte behind the length it is told', () => {
    const bytes = counting(64);
    for (let length = 0; length < 56; length++) {
      const other = bytes.map((byte, at) => (at < length ? byte : 0xff));
      expect(hash(counting(16), other, length)).toBe(hash(counting(16), bytes, length));
    }
  });

  test('gives another hash for any byte of the key', () => {
    const hashes = Array.from({ length: 16 }, (_, changed) =>
      hash(
        counting(16).map((byte, at) => (at === changed ? byte ^ 0x80 : byte)),
        counting(20),
      ),
    );
    expect(new Set(hashes).size).toBe(16);
  });
});
