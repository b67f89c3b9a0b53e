import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOf, keyOfWire } from '../../src/dns/name.ts';
import { PointerTargets } from '../../src/dns/pointer-targets.ts';

const label = fc.constantFrom('a', 'b', 'ab', 'svc');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map(keyOf);

test('PointerTargets knows each name at its first place, however many there are', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 8 }), name, (added, asked) => {
      const targets = new PointerTargets();
      const model = new Map<string, number>();
      for (const [at, one] of added.entries()) {
        targets.add(one, at);
        if (!model.has(one)) model.set(one, at);
      }
      for (let at = 0; at <= asked.length; at = at + 1 + (asked.charCodeAt(at) || 0)) {
        expect(targets.offsetOf(asked, at)).toBe(model.get(asked.slice(at)));
      }
    }),
  );
});

test('PointerTargets.addAll() is the same as adding a name and every parent of it', () => {
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 5 }), name, (whole, added, asked) => {
      const [targets, model] = [new PointerTargets(), new PointerTargets()];
      targets.addAll(whole, 12);
      for (let at = 0; at < whole.length; at += 1 + whole.charCodeAt(at)) {
        model.add(keyOfWire(whole.slice(at)), 12 + at);
      }
      for (const [at, one] of added.entries()) {
        targets.add(one, 100 + at);
        model.add(one, 100 + at);
      }
      for (let at = 0; at <= asked.length; at = at + 1 + (asked.charCodeAt(at) || 0)) {
        expect(targets.offsetOf(asked, at)).toBe(model.offsetOf(asked, at));
      }
    }),
  );
});
