import { describe, expect, test } from 'vitest';
import { parseRoot } from '../../../src/plugins/root/setup.ts';
import { parsed } from '../parse-directive.ts';

const files = { isFolder: (path: string) => path.startsWith('/etc') };
const root = (text: string) =>
  parsed((lines, problems) => parseRoot(lines, '/etc/dns', problems, files), text);

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

  test('wants one folder', () => {
    expect(root('root').problems).toHaveLength(1);
    expect(root('root /etc /etc')).toMatchObject({ result: '/etc/dns' });
  });
});
