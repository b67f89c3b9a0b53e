import { describe, expect, test } from 'vitest';
import { parseRoot } from '../../../src/plugins/root/setup.ts';
import { parsed } from '../parse-directive.ts';

/** Folders below /etc but for one file and one that nobody may look at; nothing elsewhere. */
const stat = (path: string) => {
  if (path === '/etc/secret') throw new Error('EACCES: permission denied');
  return path.startsWith('/etc') ? { isDirectory: () => path !== '/etc/passwd' } : undefined;
};
const root = (text: string) =>
  parsed((lines, problems) => parseRoot(lines, '/etc/dns', problems, stat), text);

describe('parseRoot()', () => {
  test.for([
    ['', '/etc/dns'],
    ['root /etc/zones/', '/etc/zones'],
    ['root zones', '/etc/dns/zones'],
    ['root ../zones', '/etc/zones'],
  ] as const)('reads %j', ([text, expected]) => {
    expect(root(text)).toEqual({ result: expected, problems: [] });
  });

  test('warns of a folder that is not there', () => {
    expect(root('root /var/zones')).toEqual({
      result: '/var/zones',
      problems: [
        "Corefile:2:6: warning: plugin/root: Root path does not exist: '/var/zones' [PLUGIN_OPTION]",
      ],
    });
  });

  test.for([
    ['/etc/passwd', 'it is not a folder'],
    ['/etc/secret', 'EACCES: permission denied'],
  ] as const)('refuses %s', ([path, reason]) => {
    expect(root(`root ${path}`).problems).toEqual([
      `Corefile:2:6: error: plugin/root: unable to access root path '${path}': ${reason} [PLUGIN_OPTION]`,
    ]);
  });

  test('wants one folder', () => {
    expect(root('root').problems).toHaveLength(1);
    expect(root('root /etc /etc')).toMatchObject({ result: '/etc/dns' });
  });

  test('looks at the disk', () => {
    const read = (text: string) =>
      parsed((lines, problems) => parseRoot(lines, '/', problems), text).problems;
    expect(read('root /usr')).toEqual([]);
    expect(read('root /etc/passwd')).toEqual([expect.stringContaining('it is not a folder')]);
    expect(read('root /no/such/folder')).toEqual([expect.stringContaining('does not exist')]);
  });
});
