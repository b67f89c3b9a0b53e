import { describe, expect, test } from 'vitest';
import { addressBytes } from '../../src/dns/address.ts';
import { isPrivateAddress } from '../../src/dns/private-address.ts';

const isPrivate = (text: string) => {
  const bytes = addressBytes(text)!;
  return isPrivateAddress(bytes, bytes.length);
};

describe('isPrivateAddress()', () => {
  test.for(
    (
      '127.0.0.1 127.255.255.255 10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.1 ' +
      '169.254.1.1 100.64.0.0 100.127.255.255 ::1 fc00::1 fdff::1 fe80::1 febf::1'
    ).split(' '),
  )('%s is', (address) => expect(isPrivate(address)).toBe(true));

  test.for(
    (
      '126.0.0.1 128.0.0.1 9.255.255.255 11.0.0.0 172.15.255.255 172.32.0.0 ' +
      '192.167.0.1 192.169.0.1 ' +
      '192.0.2.1 169.253.1.1 100.63.255.255 100.128.0.0 0.0.0.0 224.0.0.1 ' +
      ':: ::2 1::1 fbff::1 fe00::1 fe7f::1 fec0::1 2001:db8::1'
    ).split(' '),
  )('%s is not', (address) => expect(isPrivate(address)).toBe(false));
});
