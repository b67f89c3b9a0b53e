import { describe, expect, test } from 'vitest';
import type { Next } from '../../../src/plugins/plugin.ts';
import { replyWith } from '../../helpers/plugin-harness.ts';
import { ExternalWorld, outsideService, type WorldOptions } from './external-world.ts';

export const HTTP = 'ports: [{ name: http, port: 80 }]';
export const SOA =
  'example.org. 5 IN SOA ns1.dns.example.org. hostmaster.dns.example.org. 7 7200 1800 86400 5';
export const NODATA = ['NOERROR', SOA];
export const NXDOMAIN = ['NXDOMAIN', SOA];

export const slice = (ref: string, endpoints: string, port = '{ name: pg, port: 5432 }') => {
  const [namespace, name] = ref.split('/');
  return `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
endpoints: [${endpoints}]
ports: [${port}]
`;
};

/** Addresses of all kinds, names of all kinds, and endpoints. */
export const SHOP = [
  outsideService(
    'shop/web',
    `type: LoadBalancer, ${HTTP}`,
    '{ ip: 192.0.2.1 }, { ip: "2001:db8::1" }',
  ),
  outsideService(
    'shop/ips',
    'externalIPs: [192.0.2.2, 192.0.2.3], ports: [{ name: a, port: 1 }, { name: b, port: 2, protocol: UDP }]',
  ),
  outsideService(
    'shop/both',
    `type: LoadBalancer, externalIPs: [192.0.2.4], ${HTTP}`,
    '{ ip: 192.0.2.4 }, { ip: 192.0.2.5, hostname: not.used.example }',
  ),
  outsideService('shop/bare', 'clusterIP: None, externalIPs: [192.0.2.6]'),
  outsideService('shop/inner', HTTP),
  outsideService('shop/alias', `type: LoadBalancer, ${HTTP}`, '{ hostname: lb.example.net }'),
  outsideService(
    'shop/two',
    `type: LoadBalancer, ${HTTP}`,
    '{ hostname: lb.example.net }, { hostname: lb2.example.net }',
  ),
  outsideService(
    'shop/mixed',
    `type: LoadBalancer, ${HTTP}`,
    '{ ip: 192.0.2.7 }, { hostname: lb.example.net }',
  ),
  outsideService('shop/db', 'clusterIP: None, ports: [{ name: pg, port: 5432 }]'),
  slice(
    'shop/db',
    '{ addresses: [10.244.0.1], hostname: db-0 }, { addresses: [10.244.0.2] }, { addresses: [10.244.0.3], conditions: { ready: false } }',
  ),
  slice('shop/inner', '{ addresses: [10.244.0.4] }', '{ name: http, port: 8080 }'),
  slice('shop/web', '{ addresses: [10.244.0.5], hostname: w }', '{ name: http, port: 8080 }'),
].join('');

/** What the rest of the server says: `lb.example.net` is another's. */
const elsewhereByType: Record<'A' | 'AAAA' | 'other', Next> = {
  A: async () => replyWith(['lb.example.net. 3 IN A 198.51.100.1']),
  AAAA: async () => replyWith(['lb.example.net. 30 IN AAAA 2001:db8::9']),
  other: async () => replyWith([], { soa: 'example.net. 60 IN SOA a. b. 1 2 3 4 60' }),
};
export const elsewhere: Next = (request) => {
  if (request.type === 1) return elsewhereByType.A(request);
  return (request.type === 28 ? elsewhereByType.AAAA : elsewhereByType.other)(request);
};

export type Rows = readonly (readonly [question: string, reply: readonly string[]])[];

/** A table of questions about manifests, each with its reply, a record a line. */
export function asks(title: string, options: WorldOptions, rows: Rows, manifests = SHOP): void {
  describe(title, () => {
    const world = new ExternalWorld(options);
    world.put('shop.yaml', manifests);
    test.for(rows)('%s', async ([text, reply]) => expect(await world.ask(text)).toEqual(reply));
  });
}
