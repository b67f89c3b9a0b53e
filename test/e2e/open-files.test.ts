import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LEAST_OPEN_FILES } from '../../src/support/descriptor-budget.ts';
import { ask } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { encodeQuery } from '../helpers/query.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { MANIFESTS, WEB } from './server-process.ts';

// Below the ports that the kernel gives to clients.
const DNS = { address: '127.0.0.1', port: 20_191 };
const ADMIN = 20_192;

/** A server that may have so many files open, forwarding to this port. */
function spawn(openFiles: number, upstream: number): ServeProcess {
  const folder = new TempFolder();
  folder.write('k8s/objects.yaml', MANIFESTS);
  const corefile = folder.write(
    'Corefile',
    `.:${DNS.port} {
  bind ${DNS.address}
  prometheus 127.0.0.1:${ADMIN}
  kubernetes cluster.local {
    manifests k8s
  }
  forward . 127.0.0.1:${upstream} {
    max_fails 0
  }
}
`,
  );
  const server = new ServeProcess(['--config', corefile], [], { LOG_LEVEL: 'info' }, openFiles);
  onTestFinished(async () => {
    await server.kill();
    folder.dispose();
  });
  return server;
}

/** The port of a server that answers nothing. */
async function silentUpstream(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${ADMIN}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

describe('few files that may be open', () => {
  test('64: says what is too low, and the command that raises it', async () => {
    const server = spawn(64, 53);
    expect(await server.exited()).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(/^svcdns: Cannot run with at most 64 open files/);
    expect(server.stderr).toContain('ulimit -n 4096');
    expect(server.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('the least: answers over UDP and TCP whatever clients and upstreams hold', async () => {
    const upstream = await silentUpstream();
    const server = spawn(LEAST_OPEN_FILES, upstream);
    await server.until(() => server.printed.includes('Try: dig'), 'start-up text');
    await server.message(/^This process may have few files open/);
    const clients = createSocket('udp4').bind(0, '127.0.0.3');
    onTestFinished(() => void clients.close());
    await once(clients, 'listening');
    for (let i = 0; i < 90; i++) {
      clients.send(encodeQuery(`n${i}.d${i}.example.org.`, 'A'), DNS.port, DNS.address);
    }
    for (let i = 0; i < 150; i++) {
      const socket = net.connect({ ...DNS, host: DNS.address, localAddress: `127.0.1.${i}` });
      socket.on('error', () => {}); // its place went to another
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
    }
    const shortages = 'svcdns_forward_socket_shortages_total';
    await eventually(async () => {
      expect(await metric(`${shortages}{reason="EPLACES"}`)).toBeGreaterThan(0);
    });
    for (const transport of ['udp', 'tcp'] as const) {
      const reply = await ask(DNS, WEB, 'A', { transport, from: '127.0.2.1' });
      expect(reply.answer).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    }
    expect(await metric(`${shortages}{reason="EMFILE"}`)).toBe(0);
    expect(await metric('svcdns_tcp_accept_errors_total')).toBe(0);
    expect(await metric('svcdns_tcp_connections')).toBeLessThanOrEqual(48);
    expect(await metric('process_open_fds')).toBeLessThan(LEAST_OPEN_FILES);
    server.signal('SIGTERM');
    expect(await server.exited()).toEqual({ code: 0, signal: null });
  });
});
