import { expect, test } from 'vitest';
import { problemLines, readOne } from '../read-manifest.ts';

const endpoint = (endpoints: string) =>
  `apiVersion: externaldns.k8s.io/v1alpha1\nkind: DNSEndpoint\nmetadata: {name: e}\nspec: {endpoints: [${endpoints}]}`;

test('readDocument reads the records of a DNSEndpoint', () => {
  const text = endpoint(
    `{dnsName: WWW.Example.com., recordType: A, targets: [192.0.2.1, 192.0.2.2], recordTTL: 60},
     {dnsName: "*.example.com", recordType: AAAA, targets: ["2001:DB8::1"]},
     {dnsName: _acme-challenge.example.com, recordType: CNAME, targets: [_x.Example.net.], recordTTL: 0},
     {dnsName: far.example.com, recordType: A, targets: [192.0.2.3], recordTTL: 9999999999}`,
  );
  expect(problemLines(text)).toEqual([]);
  expect(readOne('DNSEndpoint', text).records).toEqual([
    { name: 'www.example.com', type: 'A', targets: ['192.0.2.1', '192.0.2.2'], ttl: 60 },
    { name: '*.example.com', type: 'AAAA', targets: ['2001:db8::1'], ttl: undefined },
    {
      name: '_acme-challenge.example.com',
      type: 'CNAME',
      targets: ['_x.example.net'],
      ttl: undefined,
    },
    { name: 'far.example.com', type: 'A', targets: ['192.0.2.3'], ttl: 2 ** 31 - 1 },
  ]);
});

test.each([
  [
    'dnsName: a.example, recordType: TXT, targets: [x]',
    'recordType: "TXT" is not answered: expected one of A, AAAA, CNAME',
  ],
  [
    'dnsName: a.example, targets: [x]',
    'recordType: "" is not answered: expected one of A, AAAA, CNAME',
  ],
  [
    'dnsName: a..example, recordType: A, targets: [192.0.2.1]',
    'dnsName: "a..example" is not answered: must be a domain name, such as www.example.com',
  ],
  [
    'dnsName: a.*.example, recordType: A, targets: [192.0.2.1]',
    'dnsName: "a.*.example" is not answered: must be a domain name, such as www.example.com',
  ],
  [
    'dnsName: 192.0.2.1, recordType: A, targets: [192.0.2.1]',
    'dnsName: "192.0.2.1" is not answered: must be a DNS name, not an IP address',
  ],
  [
    'dnsName: a.example, recordType: AAAA, targets: [192.0.2.1]',
    'targets[0]: "192.0.2.1" is not answered: must be an IPv6 address, as recordType is AAAA',
  ],
  [
    'dnsName: a.example, recordType: CNAME, targets: [192.0.2.1]',
    'targets[0]: "192.0.2.1" is not answered: must be a DNS name, not an IP address',
  ],
])('a record with {%s} is left out, and costs the others nothing', (record, message) => {
  const text = endpoint(`{${record}}, {dnsName: b.example, recordType: A, targets: [192.0.2.9]}`);
  expect(problemLines(text)).toEqual([
    expect.stringMatching(/^4:\d+ warning DNSEndpoint "e": spec\.endpoints\[0\]\./),
  ]);
  expect(problemLines(text)[0]).toContain(message);
  expect(readOne('DNSEndpoint', text).records.map(({ name }) => name)).toEqual(['b.example']);
});

test('a record without a name is refused, and so is one of the wrong types', () => {
  expect(problemLines(endpoint('{recordType: A, targets: [192.0.2.1]}'))).toEqual([
    '4:20 error DNSEndpoint "e" is invalid: spec.endpoints[0].dnsName: Required value',
  ]);
  expect(
    problemLines(
      endpoint('{dnsName: a, recordType: 1}, x, {dnsName: a, recordType: A, targets: a}'),
    ),
  ).toHaveLength(3);
});

test('readDocument stops at too many records, and at too many targets', () => {
  const many = endpoint('{dnsName: a, recordType: A, targets: [192.0.2.1]},'.repeat(1_001));
  expect(problemLines(many)).toEqual([
    expect.stringContaining('Too many: 1001: must have at most 1000 items'),
  ]);
  const targets = endpoint(`{dnsName: a, recordType: A, targets: [${'192.0.2.1,'.repeat(101)}]}`);
  expect(problemLines(targets)).toEqual([
    expect.stringContaining('Too many: 101: must have at most 100 items'),
  ]);
});
