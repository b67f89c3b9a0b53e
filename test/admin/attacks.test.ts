import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AdminConnections, adminLimits } from '../../src/admin/connections.ts';
import type { Exposition } from '../../src/admin/exposition.ts';
import { AdminServer } from '../../src/admin/http-server.ts';
import { createLogger } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { systemClock } from '../../src/support/clock.ts';
import { ATTACKS, type Attack, attack } from './http-attacks.ts';
import { noPages } from './no-pages.ts';

const LIMITS = adminLimits();

/** More than the kernel takes for a client that does not read. */
const TEXT = 'x'.repeat(8 * 1024 * 1024);

let admin: AdminServer;
let connections: AdminConnections;
let port: number;
let end: (() => void)[];

beforeEach(async () => {
  const metrics = new Metrics();
  connections = new AdminConnections(systemClock, metrics, LIMITS);
  const exposition = { contentType: 'text/plain', text: async () => TEXT } as unknown as Exposition;
  const address = { address: '127.0.0.1', port: 0 };
  const log = createLogger('silent');
  admin = new AdminServer(address, {
    ready: () => [],
    ...noPages,
    exposition,
    metrics,
    log,
    connections,
  });
  port = (await admin.start()).port;
  end = [];
});

afterEach(async () => {
  for (const stop of end) stop();
  await admin.stop();
});

/** The status of a page, asked for over a connection of its own. */
function status(path: string, localAddress: string): Promise<number | string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, localAddress, agent: false };
    const request = http.get(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', ({ message }) => resolve(message));
  });
}

describe('AdminServer, while one client has all the connections it can get and each', () => {
  test.for(Object.keys(ATTACKS) as Attack[])('%s, answers others and that client', async (kind) => {
    // Fewer come after the probe than the client has places: at worst they take all others.
    end.push(await attack(kind, { port }, { held: 70, most: 100 }));
    for (const from of ['127.0.0.2', '127.0.0.1']) {
      expect([await status('/health', from), await status('/ready', from)]).toEqual([200, 200]);
    }
    expect(connections.size).toBeLessThanOrEqual(LIMITS.connections);
  });
});

test('AdminServer answers while seventy clients hold a connection each', async () => {
  for (let i = 1; i <= 70; i++) {
    end.push(await attack('drips a header', { port, from: `127.0.1.${i}` }, { held: 1, most: 3 }));
  }
  expect([await status('/health', '127.0.0.1'), await status('/ready', '127.0.0.1')]).toEqual([
    200, 200,
  ]);
  expect(connections.size).toBeLessThanOrEqual(LIMITS.connections);
});
