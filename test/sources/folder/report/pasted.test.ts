import { expect, test } from 'vitest';
import { lineNumbersFault } from '../../../../src/sources/folder/report/pasted.ts';

test.for([
  ['nl', '     1\tapiVersion: v1\n     2\tkind: Service\n', true],
  ["nl -s': '", '     1: apiVersion: v1\n     2: kind: Service\n', true],
  ["nl -s'. '", '     1. apiVersion: v1\n     2. kind: Service\n', true],
  ["nl -s') '", '     1) apiVersion: v1\n     2) kind: Service\n', true],
  ['a key', '1 apiVersion: v1\nkind: Service\n', false],
] as const)('line numbers of %s', ([, text, isFault]) => {
  expect(lineNumbersFault(text) !== undefined).toBe(isFault);
});
