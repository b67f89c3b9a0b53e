import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox } from '../../src/control/publish/outbox.ts';
import { PodNamespaces } from '../../src/zone/pod-namespaces.ts';
import { PodOwners } from '../../src/zone/pod-owners.ts';

test('PodNamespaces says whom each address belongs to, whatever came before', () => {
  const namespace = fc.constantFrom('a', 'b', 'c');
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1');
  const step = fc.record({ namespace, addresses: fc.array(address, { maxLength: 4 }) });
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
        for (const [at, { namespace, addresses }] of steps.entries()) {
          owners.replace(namespace, addresses);
          now.set(namespace, addresses);
          if (at % every === 0) publish();
        }
        publish();
        const claims = (one: string) => [...now].filter(([, all]) => all.includes(one));
        for (const one of ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1']) {
          const [first, ...others] = claims(one);
          expect(published.namespaceOf(one)).toBe(others.length === 0 ? first?.[0] : undefined);
        }
        expect(published.size).toBe([...published.addresses()].length);
      },
    ),
  );
});
