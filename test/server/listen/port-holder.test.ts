import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findPortHolder } from '../../../src/server/listen/port-holder.ts';

describe('findPortHolder() on this machine', () => {
  test.for(['127.0.0.1', '::1', '0.0.0.0', '::'])(
    'finds our own UDP socket on %s',
    async (host) => {
      const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.bind(0, host);
      await once(socket, 'listening');
      const holder = await findPortHolder('udp', loopback(host), socket.address().port);
      socket.close();
      expect(holder).toMatchObject({ kind: 'process', pid: process.pid });
    },
  );

  test.for(['127.0.0.1', '::1', '0.0.0.0', '::'])(
    'finds our own TCP socket on %s',
    async (host) => {
      const server = net.createServer().listen(0, host);
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      const holder = await findPortHolder('tcp', loopback(host), port);
      server.close();
      expect(holder).toMatchObject({ kind: 'process', pid: process.pid });
    },
  );

  test('finds nobody on a port that is free', async () => {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    expect(await findPortHolder('udp', '127.0.0.1', port)).toBeUndefined();
  });
});

describe('findPortHolder() in a /proc of the test', () => {
  let proc = '';

  beforeEach(async () => {
    proc = await mkdtemp(path.join(tmpdir(), 'svcdns-proc-'));
    await mkdir(path.join(proc, 'self/net'), { recursive: true });
    await table('udp', row('0100007F:0035', '07', 612), row('0200007F:0035', '07', 700));
    await table('tcp', row('00000000:0035', '0A', 613), row('0100007F:0050', '01', 800));
  });

  afterEach(() => rm(proc, { recursive: true }));

  test('names the process', async () => {
    await running(42, 'bash', 'pipe:[612]', '/dev/null');
    await running(612, 'systemd-resolve', 'socket:[5]', 'socket:[612]');
    expect(await find('udp', '127.0.0.1', 53)).toEqual({
      kind: 'process',
      pid: 612,
      name: 'systemd-resolve',
    });
  });

  test('tells that there is a process it may not look into', async () => {
    await running(42, 'bash', 'socket:[5]');
    expect(await find('udp', '127.0.0.1', 53)).toEqual({ kind: 'hidden' });
  });

  test.for([
    ['udp', '127.0.0.3', 53],
    ['udp', '127.0.0.1', 54],
    ['tcp', '127.0.0.1', 80], // a connection, no listener
  ] as const)('finds nobody on %s %s port %d', async ([protocol, address, port]) => {
    expect(await find(protocol, address, port)).toBeUndefined();
  });

  test('finds the one who listens on all addresses', async () => {
    await running(9, 'dnsmasq', 'socket:[613]');
    expect(await find('tcp', '192.0.2.1', 53)).toMatchObject({ name: 'dnsmasq' });
  });

  test('takes control characters out of a name', async () => {
    await running(9, 'a\u001b[2Jb', 'socket:[612]');
    expect(await find('udp', '127.0.0.1', 53)).toMatchObject({ name: 'a?[2Jb' });
  });

  test('finds nobody where there is no /proc', async () => {
    const found = await findPortHolder('udp', '127.0.0.1', 53, path.join(proc, 'missing'));
    expect(found).toBeUndefined();
  });

  const find = (protocol: 'udp' | 'tcp', address: string, port: number) =>
    findPortHolder(protocol, address, port, proc);

  const table = (name: string, ...rows: string[]) =>
    writeFile(path.join(proc, 'self/net', name), ['  sl  local_address', ...rows, ''].join('\n'));

  async function running(pid: number, name: string, ...files: string[]): Promise<void> {
    const folder = path.join(proc, String(pid));
    await mkdir(path.join(folder, 'fd'), { recursive: true });
    await writeFile(path.join(folder, 'comm'), `${name}\n`);
    for (const [fd, target] of files.entries()) {
      await symlink(target, path.join(folder, 'fd', String(fd)));
    }
  }
});

/** A line as the kernel prints it. */
function row(local: string, state: string, inode: number): string {
  const nothing = '00000000:00000000 00:00000000 00000000';
  return `  123: ${local} 00000000:0000 ${state} ${nothing}     0        0 ${inode} 2 0000 0`;
}

/** What a second server would have asked for. */
function loopback(host: string): string {
  return host.includes(':') ? '::1' : '127.0.0.1';
}
