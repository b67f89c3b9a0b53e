import { expect, test } from 'vitest';
import { endpointHostProblems } from '../../../src/controllers/endpoints/slice-problems.ts';
import { Cluster } from '../cluster-of.ts';

const service = (name: string, annotations: string, spec = 'ports: [{ port: 80 }]') => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop, annotations: { ${annotations} } }
spec: { ${spec} }
---`;

const FILE = `
${service('plain', '')}
${service('web', 'svcdns.dev/endpoints-dns: "web-1, 10.0.0.1"')}
${service('ext', 'svcdns.dev/endpoints-dns: web-1', 'type: ExternalName, externalName: example.org')}
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: plain-1, namespace: shop, labels: { kubernetes.io/service-name: plain } }
addressType: FQDN
endpoints: [{ addresses: [a.example.org] }]
`;

const view = new Cluster({ 'x.yaml': FILE }).view('shop');
const told = (isOn: boolean) =>
  endpointHostProblems(view, isOn)
    .map(({ severity, message }) => `${severity}: ${message}`)
    .sort();

test('endpointHostProblems() with endpoints dns: what of an annotation cannot be used', () => {
  expect(told(true)).toEqual([
    'warning: Service "ext": svcdns.dev/endpoints-dns has no effect on an ExternalName',
    'warning: Service "web": svcdns.dev/endpoints-dns "10.0.0.1": is an address: expected a host name; addresses belong into an EndpointSlice or Endpoints',
  ]);
});

test('endpointHostProblems() without it: everything that asks for it, with its place', () => {
  const off = ': svcdns.dev/endpoints-dns has no effect without --endpoints dns';
  expect(told(false)).toEqual([
    'hint: EndpointSlice "plain-1": addressType FQDN has no effect on DNS, as in a cluster: with --endpoints dns its names are asked of the upstreams',
    `warning: Service "ext"${off}`,
    `warning: Service "web"${off}`,
  ]);
  const hint = endpointHostProblems(view, false).find(({ severity }) => severity === 'hint');
  expect([hint?.origin.file, hint?.object]).toEqual(['x.yaml', 'EndpointSlice shop/plain-1']);
});
