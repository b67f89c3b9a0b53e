import { expect, test } from 'vitest';
import { closest } from '../../src/kube/spelling.ts';

const WORDS = ['protocol', 'port', 'targetPort', 'nodePort', 'name'];

test.each([
  ['protoco', 'protocol'],
  ['protcool', 'protocol'],
  ['targetport', 'targetPort'],
  ['nodePrt', 'nodePort'],
  ['prot', 'port'],
  ['pott', 'port'],
  ['nam', 'name'],
  ['hostPort', undefined],
  ['part-of', undefined],
  ['', undefined],
  ['p'.repeat(100_000), undefined],
])('closest takes %s for %s', (word, meant) => {
  expect(closest(word, WORDS)).toBe(meant);
});
