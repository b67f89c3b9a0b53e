import { expect, test } from 'vitest';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  domainName,
  encodable,
  fullyQualifiedName,
  labelValue,
  type NameRule,
  portName,
  qualifiedName,
} from '../../src/kube/names.ts';

const RULES: Readonly<Record<string, NameRule>> = {
  dns1123Label,
  dns1035Label,
  dns1123Subdomain,
  domainName,
  encodable,
  fullyQualifiedName,
  labelValue,
  portName,
  qualifiedName,
};

const long = 'a'.repeat(63);

test.each([
  ['dns1123Label', 'a', '9', '9a-b', long],
  ['dns1035Label', 'a', 'a9', 'a-9', long, 'constructor'],
  ['dns1123Subdomain', 'a.b.c', '9.a-b', `${long}.${long}`, 'a'.repeat(100)],
  ['encodable', `${long}.${long}`],
  ['fullyQualifiedName', 'example.com', 'example.com.'],
  ['domainName', 'a.b.', '*.a', '_sip._tcp.a', `${long}.x_y`],
  ['labelValue', '', 'A.b_c-9', long],
  ['portName', 'http', 'h2-9', '0x50x', 'exactly-fifteen'],
  ['qualifiedName', 'app', 'app.kubernetes.io/name', 'a/B_c.d', 'constructor'],
])('%s accepts %s %s %s %s', (rule, ...texts) => {
  for (const text of texts.filter((known) => known !== undefined)) {
    expect(RULES[rule]?.(text)).toEqual([]);
  }
});

test.each([
  ['dns1123Label', 'A', /^a lowercase RFC 1123 label must consist/],
  ['dns1123Label', '-a', /^a lowercase RFC 1123 label must consist/],
  ['dns1123Label', 'a.b', /^must not contain dots$/],
  ['dns1123Label', 'A.b', /^a lowercase RFC 1123 label must consist/],
  ['dns1123Label', `${long}a`, /^must be no more than 63 characters$/],
  ['dns1035Label', '9a', /^a DNS-1035 label must consist/],
  ['dns1035Label', 'a\n', /^a DNS-1035 label must consist/],
  ['dns1035Label', 'web_1', /^a DNS-1035 label must consist/],
  ['dns1123Subdomain', 'a..b', /^a lowercase RFC 1123 subdomain must consist/],
  ['dns1123Subdomain', '', /^a lowercase RFC 1123 subdomain must consist/],
  ['dns1123Subdomain', `${'a.'.repeat(127)}`.slice(0, 254), /^must be no more than 253 characters/],
  ['encodable', `${long}a.b`, /no more than 63 characters$/],
  ['encodable', `*.${'a.'.repeat(126)}a`, /no more than 253 characters$/],
  ['domainName', 'a.*.b', /^must be a domain name/],
  ['domainName', 'A', /^must be a domain name/],
  ['domainName', 'a..b', /^must be a domain name/],
  ['domainName', `${long}a.b`, /^must be a domain name/],
  ['fullyQualifiedName', 'example', /at least two segments/],
  ['fullyQualifiedName', '.', /must not be empty/],
  ['labelValue', 'a b', /^a valid label must be an empty string/],
  ['labelValue', '-', /^a valid label must be an empty string/],
  ['portName', 'sixteen-letters-', /no more than 15 characters.*not begin or end with a hyphen/],
  ['portName', '8080', /^must contain at least one letter \(a-z\)$/],
  ['portName', 'a--b', /^must not contain consecutive hyphens$/],
  ['portName', 'HTTP', /^must contain only alpha-numeric characters/],
  ['qualifiedName', '__proto__', /^name part must consist of/],
  ['qualifiedName', '/a', /^prefix part must be non-empty$/],
  ['qualifiedName', 'a/', /^name part must be non-empty$/],
  ['qualifiedName', 'A/b', /^prefix part a lowercase RFC 1123 subdomain/],
  ['qualifiedName', 'a/b/c', /^a qualified name must consist of/],
])('%s refuses %s: %s', (rule, text, fault) => {
  expect(RULES[rule]?.(text).join(', ')).toMatch(fault);
});

test('every rule takes linear time on a text of a million characters', () => {
  for (const rule of Object.values(RULES)) {
    expect(rule('a'.repeat(1_000_000)).length).toBeGreaterThan(0);
    expect(rule(`${'a-'.repeat(500_000)}!`).length).toBeGreaterThan(0);
  }
});
