import { expect, test } from 'vitest';
import { fileRanges } from '../../src/support/program-memory.ts';

const NODE = 'fe:00 877052                             /usr/bin/node';

test.each<[what: string, mapping: string, anonymous: string, ranges: [number, number][]]>([
  ['code', `0082e000-03489000 r-xp 0042e000 ${NODE}`, '0', [[0x82e000, 0x2c5b000]]],
  ['constants', `03489000-072a7000 r--p 03089000 ${NODE}`, '0', [[0x3489000, 0x3e1e000]]],
  [
    'a file that has been replaced',
    `03489000-072a7000 r--p 03089000 ${NODE} (deleted)`,
    '0',
    [[0x3489000, 0x3e1e000]],
  ],
  [
    'high addresses',
    `7f9ad1d80000-7f9ad1f95000 r-xp 01627000 ${NODE}`,
    '0',
    [[0x7f9ad1d80000, 0x215000]],
  ],
  ['a page of its own, as of a breakpoint', `0082e000-03489000 r-xp 0042e000 ${NODE}`, '4', []],
  ['data', `072dc000-09308000 rw-p 06edc000 ${NODE}`, '0', []],
  ['code that can be written', `072dc000-09308000 rwxp 06edc000 ${NODE}`, '0', []],
  ['what is shared', `072dc000-09308000 r--s 06edc000 ${NODE}`, '0', []],
  ['no file', '072dc000-09308000 r-xp 00000000 00:00 0 ', '0', []],
  ['less than 1 MiB', `0082e000-0092d000 r-xp 0042e000 ${NODE}`, '0', []],
])('of /proc/self/smaps, %s', (_, mapping, anonymous, ranges) => {
  const smaps = [
    '7ffd1000-7ffd2000 rw-p 00000000 00:00 0                  [stack]',
    'Rss:                 132 kB',
    'Anonymous:             0 kB',
    mapping,
    'Size:              45420 kB',
    'Rss:               20108 kB',
    `Anonymous:          ${anonymous.padStart(4)} kB`,
    'VmFlags: rd ex mr mw me sd',
    '',
  ];
  const found = fileRanges(smaps.join('\n')).map(({ start, bytes }) => [start, bytes]);
  expect(found).toEqual(ranges);
});

test.each(['', '\n\n', 'Anonymous: 0 kB', 'ff-\n0-0 r--p 0 0 1'])('%j has no range', (smaps) => {
  expect(fileRanges(smaps)).toEqual([]);
});
