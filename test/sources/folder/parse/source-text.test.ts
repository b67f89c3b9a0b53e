import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SourceText } from '../../../../src/sources/folder/parse/source-text.ts';
import { runs } from '../../../helpers/runs.ts';

test('SourceText places any offset, asked for in any order', () => {
  const piece = fc.constantFrom(
    '\n',
    '\r\n',
    '\r',
    'a',
    'bc ',
    'x'.repeat(3000),
    '\n'.repeat(5000),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat()), (pieces, offsets) => {
      const text = pieces.join('');
      const source = new SourceText('f', text);
      for (const any of offsets) {
        const offset = any % (text.length + 1);
        // A CR with its LF is one break: between the two is still the line before.
        const lines = text.slice(0, offset).split(/\r\n|\n|\r(?!$)|\r$/);
        const isInside = text[offset - 1] === '\r' && text[offset] === '\n';
        const before = isInside ? lines.slice(0, -1) : lines;
        const column = (isInside ? `${before.at(-1)}\r` : before.at(-1)!).length + 1;
        expect(source.place(offset)).toEqual({ line: before.length, column });
      }
    }),
    { numRuns: runs(1000) },
  );
});
