import { expect, test } from 'vitest';
import { problemLines, readOne } from '../read-manifest.ts';

const item = (spec: string, version = 'v1alpha1') =>
  `apiVersion: multicluster.x-k8s.io/${version}\nkind: ServiceImport\nmetadata: {name: web, namespace: shop}\nspec: {${spec}}`;

test.for(['v1alpha1', 'v1beta1'])('readDocument reads a ServiceImport of %s', (version) => {
  const text = item(
    'type: ClusterSetIP, ips: [10.0.0.1, "FD00::1"], ports: [{name: http, protocol: UDP, port: 80}, {port: 9}]',
    version,
  );
  expect(problemLines(text)).toEqual([]);
  expect(readOne('ServiceImport', text)).toMatchObject({
    ...{ namespace: 'shop', name: 'web', type: 'ClusterSetIP', ips: ['10.0.0.1', 'fd00::1'] },
    ports: [
      { name: 'http', protocol: 'UDP', port: 80 },
      { name: '', protocol: 'TCP', port: 9 },
    ],
  });
});

test('readDocument reads a headless ServiceImport, with nothing in it', () => {
  expect(readOne('ServiceImport', item('type: Headless'))).toMatchObject({
    ...{ type: 'Headless', ips: [], ports: [] },
  });
});

test.for([
  ['type: Other', 'spec.type: Unsupported value: "Other"'],
  ['type: Headless, ips: [10.0.0.300]', 'spec.ips[0]: Invalid value: "10.0.0.300"'],
  ['type: Headless, ports: [{port: 80, protocol: XTP}]', 'spec.ports[0].protocol: Unsupported'],
  ['type: Headless, port: 80', 'unknown field "spec.port"'],
] as const)('readDocument reports {%s}', ([spec, message]) => {
  expect(problemLines(item(spec)).join('\n')).toContain(message);
});
