import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';

const value = (scalar: string): unknown => {
  const [document] = parseManifest('f.yaml', Buffer.from(`v: ${scalar}\n`)).documents;
  return (document?.value as { v: unknown } | undefined)?.v;
};

// Left: as written after `v: `. Right: what kubectl sends to the API server.
describe('plain scalars read as kubectl reads them', () => {
  test.for([
    ['80', 80],
    ['+80', 80],
    ['-80', -80],
    ['0', 0],
    ['-0', 0],
    ['0x50', 80],
    ['0X5f', 95],
    ['-0x10', -16],
    ['0b1010', 10],
    ['0B11', 3],
    ['0o120', 80],
    ['0O17', 15],
    ['0120', 80],
    ['0777', 511],
    ['1_000', 1000],
    ['1__0_', 10],
    ['0x_5_0', 80],
    ['08', 8],
    ['0129', 129],
    ['9223372036854775807', 2 ** 63],
    ['18446744073709551615', 2 ** 64],
    ['18446744073709551616', 2 ** 64],
    ['0x1ffffffffffffffff', '0x1ffffffffffffffff'],
    ['0b', '0b'],
    ['0x', '0x'],
    ['0b12', '0b12'],
    ['1.5', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['1e3', 1000],
    ['1_0.5', 10.5],
    ['.5_0', '.5_0'],
    ['1e999', '1e999'],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['.NaN', Number.NaN],
    ['10:30', '10:30'],
    ['190:20:30', '190:20:30'],
    ['1.2.3', '1.2.3'],
    ['10.96.0.1', '10.96.0.1'],
    ['2024-01-02', '2024-01-02'],
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
    ['_1', '_1'],
    ['1a', '1a'],
    ['-', undefined],
    ['--1', '--1'],
    ['+', '+'],
    ['.', '.'],
    ['true', true],
    ['TRUE', true],
    ['y', true],
    ['Yes', true],
    ['ON', true],
    ['n', false],
    ['No', false],
    ['off', false],
    ['False', false],
    ['yES', 'yES'],
    ['tRUE', 'tRUE'],
    ['null', null],
    ['~', null],
    ['', null],
    ['nULL', 'nULL'],
    ['name', 'name'],
    ['type', 'type'],
    ['None', 'None'],
    ['"80"', '80'],
    ["'yes'", 'yes'],
    ['!!str 80', '80'],
    ['!!int "0x10"', 16],
    ['!!float 5', 5],
    ['!!bool "on"', true],
    ['a-name-longer-than-thirteen-characters', 'a-name-longer-than-thirteen-characters'],
  ] as [string, unknown][])('%s → %s', ([scalar, expected]) => {
    expect(value(scalar)).toEqual(expected);
  });

  test('keys are text, whatever they look like', () => {
    const [document] = parseManifest('f', Buffer.from('0x10: a\nyes: b\n1.5: c\n')).documents;
    expect(document?.value).toEqual({ '16': 'a', true: 'b', '1.5': 'c' });
  });
});
