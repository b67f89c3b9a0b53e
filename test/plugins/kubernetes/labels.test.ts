import { expect, test } from 'vitest';
import { keyFromText } from '../../../src/dns/name.ts';
import { Kubernetes } from '../../../src/plugins/kubernetes/index.ts';
import { nameLabel } from '../../../src/plugins/kubernetes/labels.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { question } from '../../helpers/plugin-harness.ts';

const fail = () => Promise.reject(new Error('nobody is to be asked'));
const live = new LiveZone(ZONE_OPTIONS);
const label = (name: string, text: string) => {
  const key = keyFromText(text);
  return nameLabel(`kubernetes/${name}`, key, live.zoneOf(key));
};

const FIELDS = ['kind', 'namespace', 'service', 'endpoint', 'protocol', 'port-name'];

test.for([
  ['cluster.local.', ['', '', '', '', '', '']],
  ['svc.cluster.local.', ['', '', '', '', '', '']],
  ['shop.svc.cluster.local.', ['svc', 'shop', '', '', '', '']],
  ['web.shop.svc.cluster.local.', ['svc', 'shop', 'web', '', '', '']],
  ['1-2-3-4.shop.pod.cluster.local.', ['pod', 'shop', '1-2-3-4', '', '', '']],
  ['web-0.web.shop.svc.cluster.local.', ['svc', 'shop', 'web', 'web-0', '', '']],
  ['_http._tcp.web.shop.svc.cluster.local.', ['svc', 'shop', 'web', '', 'tcp', 'http']],
  ['http.tcp.web.shop.svc.cluster.local.', ['svc', 'shop', 'web', '', 'tcp', 'http']],
] as const)(
  'nameLabel() of %s: kind, namespace, service, endpoint, protocol, port',
  ([name, expected]) => {
    expect(FIELDS.map((field) => label(field, name))).toEqual(expected);
    expect(label('parse-error', name)).toBeUndefined();
  },
);

test.for(['x.cluster.local.', 'a.b.c.web.shop.svc.cluster.local.', '1.0.0.10.in-addr.arpa.'])(
  'nameLabel() of %s is a parse error and nothing else',
  (name) => {
    expect(FIELDS.map((field) => label(field, name))).toEqual(FIELDS.map(() => undefined));
    expect(label('parse-error', name)).toBe('invalid query name');
  },
);

test('nameLabel() knows no other names and labels', () => {
  expect(label('namespace', 'www.example.org.')).toBeUndefined();
  expect(label('parse-error', 'www.example.org.')).toBeUndefined();
  expect(label('colour', 'web.shop.svc.cluster.local.')).toBeUndefined();
  expect(label('namespace/x', 'web.shop.svc.cluster.local.')).toBeUndefined();
});

test('nameLabel() writes bytes that are no text as \\DDD', () => {
  expect(label('service', '\\000\\".shop.svc.cluster.local.')).toBe('\\000\\"');
});

test('Kubernetes says the namespace of the client’s Pod, where Pods are told', () => {
  const labelOf = (pods: 'verified' | 'insecure') => {
    const zone = new LiveZone({ ...ZONE_OPTIONS, pods });
    zone.pods?.apply({ owned: [{ namespace: 'shop', addresses: ['10.1.2.3'] }], gone: [] });
    const plugin = new Kubernetes({
      ...{ live: zone, fallthrough: undefined, resolve: fail },
      ...{ clock: new FakeClock(), rotation: () => 0 },
    });
    return (address: string) =>
      plugin.label(
        'kubernetes/client-namespace',
        question('www.example.org. A', { client: { address, port: 1 } }),
      );
  };
  expect(['10.1.2.3', '10.1.2.4'].map(labelOf('verified'))).toEqual(['shop', undefined]);
  expect(labelOf('insecure')('10.1.2.3')).toBeUndefined();
});
