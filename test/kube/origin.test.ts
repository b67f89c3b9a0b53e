import { expect, test } from 'vitest';
import { byOrigin, lineText, originText, placeText, wholeFile } from '../../src/kube/origin.ts';

const option = { file: '--config', document: 0, line: 0, column: 0 };
const version = { ...option, file: 'Service shop/web', resourceVersion: '812' };

test.each([
  [{ file: 'web.yaml', document: 1, line: 3, column: 5 }, 'web.yaml:3:5', 'web.yaml:3'],
  [wholeFile('web.yaml'), 'web.yaml:1:1', 'web.yaml:1'],
  [option, '--config', '--config'],
  [version, 'Service shop/web, resourceVersion 812', 'Service shop/web, resourceVersion 812'],
])('originText() and lineText() of %j', (origin, text, line) => {
  expect(originText(origin)).toBe(text);
  expect(lineText(origin)).toBe(line);
});

test('placeText() leaves out the object, which has just been named', () => {
  expect(placeText(version)).toBe('resourceVersion 812');
  expect(placeText({ file: 'web.yaml', document: 1, line: 3, column: 5 })).toBe('web.yaml:3:5');
});

test('byOrigin() sorts by file, document, line and column', () => {
  const sorted = [
    { file: 'a.yaml', document: 0, line: 9, column: 9 },
    { file: 'b.yaml', document: 0, line: 7, column: 1 },
    { file: 'b.yaml', document: 1, line: 2, column: 9 },
    { file: 'b.yaml', document: 1, line: 3, column: 1 },
    { file: 'b.yaml', document: 1, line: 3, column: 2 },
  ].map((origin) => ({ origin }));
  expect(sorted.toReversed().sort(byOrigin)).toEqual(sorted);
});
