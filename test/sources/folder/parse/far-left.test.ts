import { parseEvents } from 'js-yaml';
import { expect, test } from 'vitest';
import { lenientEvents } from '../../../../src/sources/folder/parse/far-left.ts';

test('lines too far left have the offsets of the text itself', () => {
  const left = "a:\n  b: 'x\n  y'\n  c: [\n    1\n  ]\n  d: &e !!str f\n";
  const right = left.replace("\n  y'", "\n\n   y'").replace('\n  ]', '\n   ]');
  expect(lenientEvents(right, 64)).toEqual(parseEvents(right, { maxDepth: 64 }));
  const events = lenientEvents(left, 64);
  const starts = events.flatMap((event) => ('valueStart' in event ? [event.valueStart] : []));
  expect(starts.map((start) => left.charAt(start)).join('')).toBe('abxc1df');
});

test('64 of them are read, and no more: each has the whole text read again', () => {
  const text = (lines: number) => `a: 'x${'\ny'.repeat(lines)}'\n`;
  expect(lenientEvents(text(64), 64).length).toBeGreaterThan(0);
  expect(() => lenientEvents(text(65), 64)).toThrow('deficient indentation');
});
