import { expect, test } from 'vitest';
import { ATTACKS, type Attack, attack } from '../admin/http-attacks.ts';
import { ServerProcess, stockCorefile, WEB } from './server-process.ts';

/** Twice as many as the admin server has places. */
const HELD = { held: 128, most: 200 };

test('the built server answers probes and queries while another client holds all the HTTP connections it gets', async () => {
  const server = await ServerProcess.start(stockCorefile(9));
  const { port } = server.admin;
  const ends: (() => void)[] = [];
  try {
    for (const kind of Object.keys(ATTACKS) as Attack[]) {
      ends.push(await attack(kind, { port, from: '127.0.0.2' }, HELD));
      for (const path of ['/health', '/ready']) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        expect([kind, path, response.status]).toEqual([kind, path, 200]);
      }
      expect((await server.ask(WEB, 'A')).rcode).toBe('NOERROR');
      ends.pop()?.();
    }
  } finally {
    for (const end of ends) end();
  }
  expect(await server.metric('svcdns_admin_connections')).toBeLessThanOrEqual(64);
  const closed = 'svcdns_admin_connections_closed_total';
  expect(await server.metric(closed, 'reason="client_cap"')).toBeGreaterThan(64);
  expect(await server.terminate()).toBe(0);
});
