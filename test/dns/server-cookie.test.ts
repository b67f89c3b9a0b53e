import { describe, expect, test } from 'vitest';
import { addressBytes } from '../../src/dns/address.ts';
import { ServerCookies } from '../../src/dns/server-cookie.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const seconds = (date: string) => Date.parse(`${date}Z`) / 1000;

function cookies(...secrets: [string, ...string[]]) {
  const [first, ...others] = secrets.map(hex);
  const server = new ServerCookies([first!, ...others]);
  return {
    check: (cookie: string, address: string, now: number) => {
      const bytes = addressBytes(address)!;
      return server.check(hex(cookie), bytes, bytes.length, now);
    },
    make: (client: string, address: string, now: number) => {
      const bytes = addressBytes(address)!;
      const made = hex(client.slice(0, 16).padEnd(48, 'f'));
      server.make(made, bytes, bytes.length, now);
      return text(made);
    },
  };
}

const SECRET = 'e5e973e5a6b2a43f48e7dc849e37bfcf';

describe('RFC 9018 appendix A', () => {
  test('A.1: learning a new server cookie', () => {
    const now = seconds('2019-06-05T10:53:05');
    const made = cookies(SECRET).make('2464c4abcf10c957', '198.51.100.100', now);
    expect(made).toBe('2464c4abcf10c957010000005cf79f111f8130c3eee29480');
  });

  test('A.2: the same client learning a renewed server cookie', () => {
    const { check, make } = cookies(SECRET);
    const now = seconds('2019-06-05T11:33:05');
    const before = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';
    expect(check(before, '198.51.100.100', now)).toBe('old');
    const made = '2464c4abcf10c957010000005cf7a871d4a564a1442aca77';
    expect(make(before, '198.51.100.100', now)).toBe(made);
    expect(check(made, '198.51.100.100', now)).toBe('fresh');
  });

  test('A.3: another client learning a renewed server cookie', () => {
    const { check, make } = cookies(SECRET);
    // The reserved bytes of the cookie before are not zero, and count for its hash.
    const before = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5';
    expect(check(before, '203.0.113.203', 0x5cf78f71)).toBe('fresh');
    expect(check(before.replace('abcdef', '000000'), '203.0.113.203', 0x5cf78f71)).toBe('wrong');
    const made = make(before, '203.0.113.203', 0x5cf7a9ac);
    expect(made).toBe('fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e');
  });

  test('A.4: an IPv6 query with a rolled-over secret', () => {
    const client = '2001:db8:220:1:59de:d0f4:8769:82b8';
    const old = 'dd3bdf9344b678b185a6f5cb60fca715';
    const { check, make } = cookies('445536bcd2513298075a5d379663c962', old);
    const before = '22681ab97d52c298010000005cf7c57926556bd0934c72f8';
    expect(check(before, client, 0x5cf7c609)).toBe('old');
    const made = '22681ab97d52c298010000005cf7c609a6bb79d16625507a';
    expect(make(before, client, 0x5cf7c609)).toBe(made);
    expect(cookies(old).check(made, client, 0x5cf7c609)).toBe('wrong');
  });
});

describe('ServerCookies', () => {
  const CLIENT = '198.51.100.100';
  const NOW = 0x5cf79f11;
  const GOOD = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';

  test.for([
    [0, 'fresh'],
    [1800, 'fresh'],
    [1801, 'old'],
    [3600, 'old'],
    [3601, 'wrong'],
    [-300, 'fresh'],
    [-301, 'wrong'],
    [-0x70000000, 'wrong'],
  ] as const)('%i s after it was made a cookie is %s', ([age, standing]) => {
    expect(cookies(SECRET).check(GOOD, CLIENT, NOW + age)).toBe(standing);
  });

  test('counts seconds on past 32 bits', () => {
    const { check, make } = cookies(SECRET);
    const last = make('2464c4abcf10c957', CLIENT, 0xffff_fff0);
    expect(check(last, CLIENT, 0x1_0000_0010)).toBe('fresh');
    expect(check(make('2464c4abcf10c957', CLIENT, 0x1_0000_0010), CLIENT, 0xffff_fff0)).toBe(
      'fresh',
    );
  });

  test.for([
    ['another client cookie', GOOD.replace('2464', '2465'), CLIENT],
    ['another version', GOOD.replace('57010000', '57020000'), CLIENT],
    ['another timestamp', GOOD.replace('5cf79f11', '5cf79f12'), CLIENT],
    ['another hash, first half', GOOD.replace('1f81', '1f80'), CLIENT],
    ['another hash, second half', GOOD.replace('9480', '9481'), CLIENT],
    ['another address', GOOD, '198.51.100.101'],
    ['the other family', GOOD, '2001:db8::1'],
  ] as const)('takes no cookie with %s', ([, cookie, client]) => {
    expect(cookies(SECRET).check(cookie, client, NOW)).toBe('wrong');
  });

  test('takes none of a secret that it does not know', () => {
    expect(cookies('00'.repeat(16)).check(GOOD, CLIENT, NOW)).toBe('wrong');
    expect(cookies('00'.repeat(16), SECRET).check(GOOD, CLIENT, NOW)).toBe('old');
  });
});
