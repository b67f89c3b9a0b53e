import { describe, expect, test } from 'vitest';
import { parseListenAddress } from '../../src/corefile/listen-address.ts';
import { addressAndPort } from '../../src/dns/address.ts';

describe('parseListenAddress', () => {
  const accepted: [text: string, address: string, port: number][] = [
    ['127.0.0.1:1053', '127.0.0.1', 1053],
    [':53', '', 53],
    ['53', '', 53],
    ['[::1]:53', '::1', 53],
    ['0.0.0.0:53', '0.0.0.0', 53],
    ['[fe80::1%eth0]:53', 'fe80::1%eth0', 53],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['127.0.0.1', '127.0.0.1', 7],
    ['[::]', '::', 7],
    [':65535', '', 65535],
  ];
  test.for(accepted)('%s', ([text, address, port]) => {
    expect(parseListenAddress(text, 7)).toEqual({ address: { address, port } });
  });

  const wanted = 'expected ADDRESS:PORT, as in 127.0.0.1:1053, [::1]:1053 or :53';
  const refused: [text: string, fault: string][] = [
    ['', `Cannot listen on "": ${wanted}`],
    [':', `Cannot listen on ":": ${wanted}`],
    ['127.0.0.1:', `Cannot listen on "127.0.0.1:": ${wanted}`],
    ['::1', `Cannot listen on "::1": write an IPv6 address in brackets, as in [::1]:53: ${wanted}`],
    [
      '::1:53',
      `Cannot listen on "::1:53": write an IPv6 address in brackets, as in [::1:53]:53: ${wanted}`,
    ],
    ['[127.0.0.1]:53', `Cannot listen on "[127.0.0.1]:53": ${wanted}`],
    ['[]:53', `Cannot listen on "[]:53": ${wanted}`],
    ['*:53', `Cannot listen on "*:53": ${wanted}`],
    ['localhost:53', `Cannot listen on "localhost:53": write 127.0.0.1 or [::1]: ${wanted}`],
    ['256.0.0.1:53', `Cannot listen on "256.0.0.1:53": ${wanted}`],
    [':65536', `Cannot listen on ":65536": a port is 0 to 65535: ${wanted}`],
    ['65536', `Cannot listen on "65536": a port is 0 to 65535: ${wanted}`],
    ['-1', `Cannot listen on "-1": ${wanted}`],
    ['127.0.0.1:53 ', `Cannot listen on "127.0.0.1:53 ": ${wanted}`],
  ];
  test.for(refused)('refuses "%s"', ([text, fault]) => {
    expect(parseListenAddress(text, 7)).toEqual({ fault });
  });

  test('addressAndPort() writes what parseListenAddress() reads', () => {
    for (const [text] of accepted.filter(([one]) => one.includes(':5'))) {
      const parsed = parseListenAddress(text, 7);
      expect('address' in parsed && addressAndPort(parsed.address)).toBe(text);
    }
  });
});
