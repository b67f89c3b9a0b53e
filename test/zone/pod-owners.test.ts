import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox } from '../../src/control/publish/outbox.ts';
import { PodNamespaces } from '../../src/zone/pod-namespaces.ts';
import { PodOwners } from '../../src/zone/pod-owners.ts';

test('PodNamespaces says whom each address belongs to, whatever came before', () => {
  const namespace = fc.constantFrom('a', 'b', 'c');
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1');
  const pod = fc.constantFrom('web', 'db');
  const step = fc.record({
    ...{ namespace, pod },
    addresses: fc.option(fc.uniqueArray(address, { maxLength: 2 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, every) => {
        const owners = new PodOwners();
        const outbox = new Outbox();
        const published = new PodNamespaces();
        const now = new Map<string, readonly string[]>();
        const publish = () => {
          outbox.add(new Map(), owners.takeChanges());
          for (let part = outbox.take(); part?.pods; part = outbox.take())
            published.apply(part.pods);
        };
        for (const [at, { namespace, pod, addresses }] of steps.entries()) {
          if (addresses === undefined) {
            owners.remove(namespace);
            for (const one of ['web', 'db']) now.delete(`${namespace}/${one}`);
          } else {
            owners.set(namespace, pod, addresses);
            now.set(`${namespace}/${pod}`, addresses);
          }
          if (at % every === 0) publish();
        }
        publish();
        const claims = (one: string) => {
          const pods = [...now].filter(([, all]) => all.includes(one));
          return [...new Set(pods.map(([name]) => name.split('/')[0]))];
        };
        for (const one of ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1']) {
          const [first, ...others] = claims(one);
          expect(published.namespaceOf(one)).toBe(others.length === 0 ? first : undefined);
        }
        expect(published.size).toBe([...published.addresses()].length);
      },
    ),
  );
});
