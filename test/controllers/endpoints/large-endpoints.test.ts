import { expect, test } from 'vitest';
import { Controllers } from '../../../src/controllers/controllers.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { atOnce } from '../../../src/support/pieces.ts';
import { endpoints, Manifests, service, slice } from '../../registry/load-text.ts';
import { viewChanges } from '../view-changes.ts';

/** What is said of the manifests, but for Services that lead nowhere. */
function said(text: string): string[] {
  const manifests = new Manifests();
  const { registry } = manifests;
  const controllers = new Controllers({ serviceRanges: undefined, simulatedPods: undefined });
  viewChanges(controllers, registry, manifests.deltas([['a.yaml', text]]));
  const view = controllers.views.get('shop');
  return atOnce(controllers.problems(registry, view ? [view] : [])).map(problemText);
}

const many = (count: number, item: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => item(at)).join(', ');
const ips = (count: number) => many(count, (at) => `{ip: 10.0.${at >> 8}.${at & 255}}`);

const BARE = service('shop/db', '{clusterIP: None}');
const SLICE = slice('shop/db-1', 'db', 'addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}]');

test('Endpoints of over a thousand addresses are told in the words of the mirroring controller', () => {
  const text = endpoints('shop/db', `[{addresses: [${ips(1_004)}]}]`);
  expect(said(BARE + text)).toEqual([
    'a.yaml:4:1: warning: Endpoints "db": A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 4 addresses were skipped: write EndpointSlices [ENDPOINTS_TRUNCATED]',
  ]);
  expect(said(BARE + endpoints('shop/db', `[{addresses: [${ips(1_000)}]}]`))).toEqual([]);
  expect(said(BARE + SLICE + text)).toEqual([]);
});

test('ports beyond a quarter of a million pairs with addresses are told', () => {
  const ports = (count: number) => many(count, (at) => `{name: p${at}, port: 1}`);
  const list = `addressType: IPv4, endpoints: [${many(100, (at) => `{addresses: [10.0.0.${at}]}`)}]`;
  const text = (count: number) =>
    BARE +
    slice('shop/db-1', 'db', `${list}, ports: [${ports(count)}]`) +
    slice('shop/db-2', 'db', `${list}, ports: [{name: q, port: 2}]`);
  expect(said(text(2_500))).toEqual([]);
  expect(said(text(2_501))).toEqual([
    'a.yaml:4:1: warning: EndpointSlice "db-1": only the first 2500 of 2501 ports have records: a Service has at most 250000 pairs of an address and a port [SLICE_PORTS_LEFT_OUT]',
  ]);
});
