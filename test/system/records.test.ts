import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output, run } from './command.ts';
import { svcdns, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'svcdns-records-'));

beforeAll(() => requireTools('named-checkzone', 'kzonecheck'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['cluster.local', 'in-addr.arpa', 'ip6.arpa'])('svcdns records --zone %s', (zone) => {
  const file = join(folder, zone);

  beforeAll(async () => {
    writeFileSync(file, await output(svcdns('records', ZONES, '--zone', zone)));
  });

  test('is accepted by named-checkzone, without a warning', async () => {
    // Host names may not begin with `_`, but cluster DNS has addresses at _http._tcp.… too:
    // `-k ignore`.
    const checks = ['-k', 'ignore', '-n', 'ignore', '-i', 'none', '-m', 'fail', '-r', 'fail'];
    const { status, stdout, stderr } = await run(['named-checkzone', ...checks, zone, file]);
    const [loaded = '', ...others] = `${stdout}${stderr}`.trim().split('\n');
    expect(loaded).toMatch(new RegExp(`^zone ${zone}/IN: loaded serial \\d+$`));
    expect(others).toEqual(['OK']);
    expect(status).toBe(0);
  });

  test('is accepted by kzonecheck', async () => {
    const { status, stdout, stderr } = await run(['kzonecheck', '-o', zone, file]);
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
