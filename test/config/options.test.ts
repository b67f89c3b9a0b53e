import { describe, expect, test } from 'vitest';
import { givenOptions, optionSettings } from '../../src/config/given-options.ts';
import type { OptionRow } from '../../src/config/option-row.ts';
import { OPTION_ROWS } from '../../src/config/options.ts';
import { LIBRARY_OPTIONS } from '../../src/config/server-options.ts';
import { DEFAULTS } from '../../src/config/settings.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { readText } from '../readme-blocks.ts';

const README = readText('README.md');

/** Lines of the README's table of options, with its cells. */
const ROWS = README.slice(README.indexOf('| option of `serve`'))
  .split('\n\n', 1)[0]!
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** The default as the README shows it; undefined where the README has its own words for it. */
function shownDefault(name: string, { code, fallback }: OptionRow): string | undefined {
  if (fallback === undefined || code === undefined) return undefined;
  const value = DEFAULTS.options[name as keyof typeof DEFAULTS.options];
  return `\`${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}\``;
}

describe('the table of options', () => {
  const told = OPTION_ROWS.filter(([, { help, variable }]) => help || variable);
  test.each(told)('%s is a row of the README, with its variable and default', (name, row) => {
    const { flag, argument, variable } = row;
    // Of a switch the README shows the flag alone.
    const isAlone = argument === 'off' || argument === undefined;
    const shownFlag = isAlone ? flag : `${flag} ${argument}`;
    const cells = ROWS.find(([, , inReadme]) => inReadme === `\`${variable}\``);
    expect(cells).toEqual([
      '',
      flag === undefined ? '' : `\`${shownFlag}\``,
      `\`${variable}\``,
      shownDefault(name, row) ?? cells?.[3],
      expect.stringMatching(/./),
      '',
    ]);
  });

  test('has the variables of the image as the Dockerfile sets them', () => {
    const said = OPTION_ROWS.flatMap(([, { variable, inImage }]: readonly [string, OptionRow]) =>
      inImage === undefined ? [] : `${variable}=${inImage}`,
    );
    const set = readText('Dockerfile').match(/SVCDNS_(LISTEN|MANIFESTS)=\S+/g);
    expect([...said].sort()).toEqual([...new Set(set)].sort());
  });

  test('has no flag, variable or code twice', () => {
    for (const column of ['flag', 'variable', 'code'] as const) {
      const values = OPTION_ROWS.flatMap(([, row]) => row[column] ?? []);
      expect(values).toEqual([...new Set(values)]);
    }
  });

  test.each(LIBRARY_OPTIONS)('%s of a program is in the README', (name) => {
    const start = README.indexOf('## In a test, as a library');
    expect(README.slice(start, README.indexOf('## Operations'))).toMatch(
      new RegExp(`\\b${name}\\b`),
    );
  });
});

const HOME = { HOME: '/home/ada' };

describe('the folder of the state', () => {
  test.for([
    [undefined, HOME, '/home/ada/.local/state/svcdns'],
    [undefined, { ...HOME, XDG_STATE_HOME: '/xdg' }, '/xdg/svcdns'],
    [undefined, { ...HOME, XDG_STATE_HOME: 'relative' }, '/home/ada/.local/state/svcdns'],
    [
      undefined,
      { ...HOME, XDG_STATE_HOME: '/xdg', STATE_DIRECTORY: '/var/lib/svcdns:/b' },
      '/var/lib/svcdns',
    ],
    [undefined, { ...HOME, STATE_DIRECTORY: '' }, '/home/ada/.local/state/svcdns'],
    [undefined, { ...HOME, SVCDNS_STATE: 'here' }, '/cwd/here'],
    ['/there', { ...HOME, SVCDNS_STATE: 'here', STATE_DIRECTORY: '/b' }, '/there'],
    ['there/', HOME, '/cwd/there'],
    ['off', HOME, undefined],
    [undefined, { ...HOME, SVCDNS_STATE: 'off' }, undefined],
    [undefined, { HOME: '/' }, undefined],
    [undefined, { HOME: '' }, undefined],
    [undefined, {}, undefined],
  ] as const)('of --state %s with %o is %s', ([state, env, folder]) => {
    const options = state === undefined ? {} : { state };
    const problems = new ProblemList();
    const given = givenOptions(options, env, 'command line', problems);
    expect(optionSettings(given, { env, cwd: '/cwd' }, problems).state).toBe(folder);
  });
});
