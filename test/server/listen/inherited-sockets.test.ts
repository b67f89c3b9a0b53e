import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InheritedError, InheritedSockets } from '../../../src/server/listen/inherited-sockets.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const PID = 42;
const UDP = '0100007F:0035 00000000:0000 07';
const TCP = '0100007F:0035 00000000:0000 0A';

let proc: TempFolder;

beforeEach(() => {
  proc = new TempFolder();
  table('udp', [UDP, 612], ['0200007F:0035 00000000:0000 07', 614]);
  table('udp6', ['00000000000000000000000001000000:0035 0:0 07', 616]);
  table('tcp', [TCP, 613], ['00000000:0035 0:0 0A', 620], ['0100007F:1234 0100007F:0035 01', 621]);
  table('tcp6');
});
afterEach(() => proc.dispose());

/** Rows of one of the kernel's tables: addresses and state, and the inode. */
function table(name: string, ...rows: readonly [row: string, inode: number][]): void {
  const lines = rows.map(([row, inode]) => `  1: ${row} 0:0 00:0 00000000 0 0 ${inode} 2 0 0`);
  proc.write(`self/net/${name}`, ['  sl  local_address', ...lines, ''].join('\n'));
}

/** What the process has open from file descriptor 3 on. */
function handOver(...files: readonly string[]): Promise<InheritedSockets> {
  for (const [at, file] of files.entries()) proc.link(`self/fd/${3 + at}`, file);
  return of({ LISTEN_FDS: String(files.length) });
}

const of = (env: Record<string, string>) =>
  InheritedSockets.of({ LISTEN_PID: String(PID), ...env }, PID, proc.path);

describe('InheritedSockets', () => {
  test('gives out the sockets of an address and port, once', async () => {
    const sockets = await handOver('socket:[612]', 'socket:[613]', 'socket:[616]', 'socket:[614]');
    expect(sockets.isEmpty).toBe(false);
    expect(sockets.take({ address: '127.0.0.1', port: 53 })).toEqual({ udp: 3, tcp: 4 });
    expect(sockets.take({ address: '127.0.0.1', port: 53 })).toEqual({});
    expect(sockets.take({ address: '::1', port: 53 })).toEqual({ udp: 5 });
    expect(sockets.take({ address: '127.0.0.2', port: 54 })).toEqual({});
    expect(sockets.isEmpty).toBe(false);
    sockets.take({ address: '127.0.0.2', port: 53 });
    expect(sockets.isEmpty).toBe(true);
  });

  test.for([
    ['for another process', { LISTEN_PID: '41', LISTEN_FDS: '2' }],
    ['of nobody', { LISTEN_FDS: '' }],
    ['none', { LISTEN_FDS: '0' }],
  ] as const)('has none when they are %s', async ([, env]) => {
    expect((await of(env)).isEmpty).toBe(true);
  });

  test.for(['-1', '1025', 'many', '3 '])('LISTEN_FDS=%s is refused', async (text) => {
    await expect(of({ LISTEN_FDS: text })).rejects.toThrow(
      new InheritedError(`LISTEN_FDS is '${text}': expected a number from 0 to 1024`),
    );
  });

  test.for([
    ['a file', '/dev/null', 'File descriptor 3 is no bound socket of UDP'],
    ['a socket of another kind', 'socket:[999]', 'File descriptor 3 is no bound socket of UDP'],
    ['a connection', 'socket:[621]', 'and no listening socket of TCP: expected ListenDatagram='],
    ['a wildcard', 'socket:[620]', 'The socket for 0.0.0.0:53 (tcp) was handed over: expected a'],
  ] as const)('%s is refused', async ([, file, message]) => {
    await expect(handOver(file)).rejects.toThrow(message);
  });

  test('one that is not there is refused', async () => {
    await expect(of({ LISTEN_FDS: '1' })).rejects.toThrow('File descriptor 3 is no bound socket');
  });

  test('two for one place are refused', async () => {
    await expect(handOver('socket:[612]', 'socket:[612]')).rejects.toThrow(
      new InheritedError('Two sockets for 127.0.0.1:53 (udp): expected one'),
    );
  });

  test('one at which nothing is served is named', async () => {
    const sockets = await handOver('socket:[612]', 'socket:[616]');
    const wanted = { address: '127.0.0.1', port: 53 };
    expect(() => sockets.requireWanted([wanted])).toThrow(
      new InheritedError(
        'The socket for [::1]:53 (udp) was handed over, and nothing is served there: expected --listen [::1]:53, or bind and the port in the Corefile',
      ),
    );
    sockets.requireWanted([wanted, { address: '::1', port: 53 }]);
  });
});
