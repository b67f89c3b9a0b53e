import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { answeringParts } from '../../src/app/answering-parts.ts';
import type { ServerParts, Shared } from '../../src/app/shared.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { dgramTransport } from '../../src/server/udp/dgram.ts';
import { descriptorBudget } from '../../src/support/descriptor-budget.ts';
import { Places } from '../../src/support/slots.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { freePort } from '../helpers/free-port.ts';
import { encodeQuery } from '../helpers/query.ts';

/** A port of 127.0.0.1 that somebody else listens on, over TCP. */
export async function takenPort(): Promise<number> {
  const port = freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  onTestFinished(() => void holder.close());
  return port;
}

/** What a Corefile comes to. `admin` is a port of 127.0.0.1. */
export function settingsOf(corefile: string, admin?: number): Settings {
  const { settings, problems } = loadSettings({
    options: { config: '/Corefile', admin: admin === undefined ? 'off' : `127.0.0.1:${admin}` },
    env: {},
    cwd: '/',
    files: memoryFiles({ '/Corefile': corefile }),
    interfaces: {},
  });
  if (settings === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return settings;
}

/** What a server is made of, with sockets of Node.js's own. */
export function serverParts(shared: Shared): ServerParts {
  const budget = descriptorBudget(4096);
  return {
    ...shared,
    ...answeringParts(shared, dgramTransport, { fullTurn: 32 }),
    budget,
    outgoing: new Places(budget.outgoing),
    openDatagram: undefined,
    watchers: [],
    cookieSeed: new Uint8Array(32),
  };
}

/** A block that answers everything on a port of 127.0.0.1 at once. */
export function answering(port: number): string {
  return `.:${port} {\nbind 127.0.0.1\nwhoami\n}\n`;
}

/** A client that asks a port of 127.0.0.1 without a pause, and counts what comes back. */
export async function asking(port: number) {
  const socket = createSocket('udp4');
  const query = encodeQuery('example.org', 'A', {});
  let replies = 0;
  let isOver = false;
  socket.on('message', () => replies++);
  socket.on('error', () => {}); // refused, while nobody listens there
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const ask = () => {
    if (isOver) return;
    socket.send(query, port, '127.0.0.1');
    setImmediate(ask);
  };
  ask();
  onTestFinished(() => {
    isOver = true;
    socket.close();
  });
  return { replies: () => replies };
}
