import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOf, type NameKey } from '../../../src/dns/name.ts';
import { cacheBudgets } from '../../../src/plugins/cache/budget.ts';
import { newEntry } from '../../../src/plugins/cache/entry.ts';
import { NameFilter } from '../../../src/plugins/cache/name-filter.ts';
import { nameLengthOf, Slots, slotOf } from '../../../src/plugins/cache/slots.ts';
import { CacheStore } from '../../../src/plugins/cache/store.ts';
import { question, replyWith } from '../../helpers/plugin-harness.ts';

const label = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const name = fc.array(label, { maxLength: 4 }).map((labels) => keyOf(labels));
const options = fc.array(
  fc.record({
    code: fc.nat(0xffff),
    data: fc.uint8Array({ maxLength: 40 }),
    isOurs: fc.constant(true as const),
  }),
  { maxLength: 3 },
);

function slotQuestion(key: NameKey, type: number, dnssecOk: boolean) {
  return { key, type, qclass: 1, checkingDisabled: false, edns: { dnssecOk, options: [] } };
}

test('nameLengthOf() finds the end of the name in every key', () => {
  fc.assert(
    fc.property(name, fc.nat(0xffff), fc.boolean(), options, (key, type, dnssecOk, sent) => {
      const asked = { ...slotQuestion(key, type, dnssecOk), edns: { dnssecOk, options: sent } };
      for (const kind of ['positive', 'denial', 'name', 'failure'] as const) {
        expect(nameLengthOf(slotOf(asked, kind))).toBe(key.length);
      }
    }),
  );
});

test('NameFilter says of a name that nothing is stored once everything is gone', () => {
  const filter = new NameFilter();
  const key = keyOf(['www', 'example', 'org']);
  const slots = [1, 28, 15].map((type) => slotOf(slotQuestion(key, type, false), 'positive'));
  expect(filter.mayHave(key)).toBe(false);
  for (const slot of slots) filter.add(slot);
  for (const slot of slots) {
    expect(filter.mayHave(key)).toBe(true);
    filter.remove(slot);
  }
  expect(filter.mayHave(key)).toBe(false);
});

test('NameFilter says of a name with more entries than it counts that there may be some', () => {
  const filter = new NameFilter();
  const key = keyOf(['www', 'example', 'org']);
  const slots = Array.from({ length: 1000 }, (_, type) =>
    slotOf(slotQuestion(key, type, false), 'positive'),
  );
  for (const slot of slots) filter.add(slot);
  for (const slot of slots.slice(1)) filter.remove(slot);
  expect(filter.mayHave(key)).toBe(true);
});

test('CacheStore.mayHave() is true of every name that has an entry, whatever came before', () => {
  const names = Array.from({ length: 12 }, (_, at) => keyOf([`n${at}`, 'example']));
  const kinds = ['positive', 'denial', 'failure'] as const;
  const step = fc.record({
    at: fc.nat(names.length - 1),
    type: fc.constantFrom(1, 28),
    kind: fc.constantFrom(...kinds),
    everyType: fc.boolean(),
    does: fc.constantFrom('put', 'put', 'find', 'forget', 'evict', 'clear'),
    capacity: fc.constantFrom(3, 100),
    keepPositive: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new CacheStore(cacheBudgets(4000));
      const slotsOf = (key: NameKey, type: number) => new Slots(slotQuestion(key, type, false));
      for (const { at, type, kind, everyType, does, capacity, keepPositive } of steps) {
        const slots = slotsOf(names[at]!, type);
        const side = kind === 'positive' ? store.positive : store.negative;
        if (does === 'find') {
          store.findPositive(slots);
          store.findNegative(slots);
        } else if (does === 'forget') store.forget(slots, keepPositive);
        else if (does === 'evict') side.evictOldest();
        else if (does === 'clear') side.clear();
        else {
          const request = { ...question('n.example. A'), key: names[at]!, type };
          const reply = replyWith([]);
          const content = { kind, reply, sections: reply, ttl: 60, storedAt: 0 };
          const isOfName = everyType && kind === 'denial';
          const made = newEntry(request, slots, { ...content, everyType: isOfName });
          if (made !== undefined) store.put(slots, made.entry, capacity, keepPositive);
        }
        for (const key of names) {
          const found = [1, 28].some((code) => {
            const own = slotsOf(key, code);
            const keys = ['positive', 'denial', 'name', 'failure'] as const;
            return keys.some((one) => {
              const peeked = one === 'positive' ? store.positive : store.negative;
              return peeked.peek(own.of(one)) !== undefined;
            });
          });
          if (found) expect(store.mayHave(key)).toBe(true);
        }
      }
      store.positive.clear();
      store.negative.clear();
      for (const key of names) expect(store.mayHave(key)).toBe(false);
    }),
  );
});
