import { expect, test } from 'vitest';
import { writtenHosts } from '../../src/kube/endpoint-hosts.ts';
import { readOne } from './read-manifest.ts';

const read = (annotations: string) =>
  writtenHosts(
    readOne(
      'Service',
      `apiVersion: v1
kind: Service
metadata: { name: web, annotations: { ${annotations} } }
spec: { ports: [{ port: 80 }] }
`,
    ),
  );

const numbered = Array.from({ length: 18 }, (_, at) => `web-${at}`);

test.for<[text: string, hosts: string[], faults: RegExp[]]>([
  ['web', ['web'], []],
  ['Web_1, web-2.example.org. ,web', ['web_1', 'web-2.example.org', 'web'], []],
  ['web,WEB,,', ['web'], []],
  ['', [], [/^names no host: /]],
  [' , ', [], [/^names no host: /]],
  ['10.0.0.3,web', ['web'], [/^"10\.0\.0\.3": is an address: .* EndpointSlice or Endpoints$/]],
  ['fd00::1', [], [/is an address/]],
  ['*.example.org', [], [/^"\*\.example\.org": is no host name: /]],
  ['a b', [], [/is no host name/]],
  ['web:8080', [], [/is no host name/]],
  [`${'x'.repeat(64)}`, [], [/is no host name/]],
  [numbered.join(','), numbered.slice(0, 16), [/^names 18 hosts: the last 2 are left out$/]],
])('writtenHosts() of "%s"', ([text, hosts, faults]) => {
  const written = read(`svcdns.dev/endpoints-dns: "${text}"`);
  expect(written?.hosts).toEqual(hosts);
  expect(written?.faults).toEqual(faults.map((fault) => expect.stringMatching(fault)));
});

test('writtenHosts() of a Service without the annotation is undefined', () => {
  expect(read('')).toBeUndefined();
});
