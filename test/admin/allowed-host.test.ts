import { expect, test } from 'vitest';
import { isAllowedHost } from '../../src/admin/allowed-host.ts';

test.for([
  ['localhost', true],
  ['LOCALHOST:8053', true],
  ['127.0.0.1', true],
  ['127.0.0.1:8053', true],
  ['10.1.2.3:8053', true],
  ['[::1]', true],
  ['[::1]:8053', true],
  ['[fe80::1%25eth0]:8053', true],
  ['svcdns', true],
  ['svcdns:9153', true],
  ['kube-dns.kube-system.svc:9153', true],
  ['kube-dns.kube-system.svc.cluster.local', true],
  ['dns.example', true],
  ['dns.example:8053', true],
  [undefined, true],
  ['', false],
  [':8053', false],
  ['evil.example', false],
  ['evil.example:8053', false],
  ['localhost.evil.example', false],
  ['svc.evil.example', false],
  ['kube-dns.svc.evil.example', false],
  ['evil.example.', false],
  ['evilsvc.example', false],
  ['x@svcdns', false],
  ['127.0.0.1.evil.example', false],
  ['127.0.0.1@evil.example', false],
  ['[::1', false],
  ['[evil.example]', false],
  ['::1', false],
  ['localhost:80:80', false],
] as const)('isAllowedHost() of %s is %s', ([header, expected]) => {
  expect(isAllowedHost(header, ['dns.example'])).toBe(expected);
});
