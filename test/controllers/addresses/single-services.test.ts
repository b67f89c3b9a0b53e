import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClusterIpAllocator } from '../../../src/controllers/addresses/cluster-ips.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { runs } from '../../helpers/runs.ts';
import { Manifests, service } from '../../registry/load-text.ts';

/** Too few for all: Services are evicted, and wait. */
const SMALL = { ipv4: '10.0.0.0/30', ipv6: 'fd00::/126' };
const ports = 'ports: [{port: 80}]';
const SPECS = [
  `{${ports}}`,
  `{ipFamilyPolicy: PreferDualStack, ${ports}}`,
  '{clusterIP: None}',
  ...[1, 2].map((host) => `{clusterIP: 10.0.0.${host}, ${ports}}`),
  `{clusterIP: "fd00::2", ipFamilyPolicy: RequireDualStack, ${ports}}`,
];

const change = fc.record({
  file: fc.constantFrom('shop/a', 'shop/b', 'shop/c', 'bank/a', 'bank/b'),
  spec: fc.option(fc.constantFrom(...SPECS), { nil: undefined }),
});

test('ClusterIpAllocator gives the same when it looks at single Services as at namespaces', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const manifests = new Manifests();
      const { registry } = manifests;
      const wide = new ClusterIpAllocator(SMALL);
      const narrow = new ClusterIpAllocator(SMALL);
      const known = new Map<string, string>();
      for (const { file, spec } of changes) {
        const deltas = manifests.deltas([[file, spec && service(file, spec)]]);
        wide.update(registry, deltas.keys());
        const written = new Map([...deltas].map(([name, delta]) => [name, delta.written]));
        const others = narrow.update(registry, [], written);
        expect([...narrow.allocations()]).toEqual([...wide.allocations()]);
        expect(narrow.problems().map(problemText)).toEqual(wide.problems().map(problemText));
        for (const name of registry.namespaces()) {
          for (const one of registry.namespace(name)?.services.values() ?? []) {
            const ref = `${name}/${one.name}`;
            const addresses = narrow.resolve(one).clusterIPs.join();
            expect(addresses).toBe(wide.resolve(one).clusterIPs.join());
            const isSaid = others.has(name) || written.get(name)?.has(one.name) === true;
            expect(isSaid || known.get(ref) === addresses).toBe(true);
            known.set(ref, addresses);
          }
        }
      }
    }),
    { numRuns: runs(300) },
  );
});
