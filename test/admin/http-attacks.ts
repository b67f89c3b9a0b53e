import net from 'node:net';

/** Where to attack, and from which address of this machine. */
export interface Target {
  readonly port: number;
  readonly from?: string;
}

const HEAD = 'GET /health HTTP/1.1\r\nHost: localhost\r\n';
const CHUNK = 'x'.repeat(8 * 1024);

/** What a client does with a connection that it means to keep. */
export const ATTACKS = {
  'says nothing': () => {},
  'drips a header': (socket: net.Socket) => {
    socket.write(`${HEAD}X: `);
    goOn(socket, 'x');
  },
  'sends a header that never ends': (socket: net.Socket) => {
    socket.write(`${HEAD}X: `);
    goOn(socket, CHUNK);
  },
  'sends a body that never ends': (socket: net.Socket) => {
    socket.write('POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n');
    goOn(socket, CHUNK);
  },
  'asks thousands of times without reading': (socket: net.Socket) => {
    socket.pause();
    goOn(socket, `${HEAD}\r\n`.repeat(400));
  },
  'never reads the metrics': (socket: net.Socket) => {
    socket.pause();
    socket.write(HEAD.replace('/health', '/metrics'));
    socket.write('\r\n');
  },
  'keeps a connection that was answered': (socket: net.Socket) => {
    socket.write(`${HEAD}\r\n`);
  },
} as const;

export type Attack = keyof typeof ATTACKS;

/** Writes over and over, as fast as it is taken, a turn of the event loop apart. */
function goOn(socket: net.Socket, text: string): void {
  if (socket.destroyed) return;
  if (socket.writableLength === 0) socket.write(text);
  setImmediate(() => goOn(socket, text));
}

/**
 * One client that has `held` connections at any time, and opens another for each that it loses, up
 * to `most` in all. Resolves when `held` have been opened; the result ends it.
 */
export async function attack(
  kind: Attack,
  { port, from = '127.0.0.1' }: Target,
  { held, most }: { readonly held: number; readonly most: number },
): Promise<() => void> {
  const sockets = new Set<net.Socket>();
  let opened = 0;
  let isOver = false;
  const open = (): Promise<void> => {
    if (isOver || opened++ >= most) return Promise.resolve();
    return new Promise((resolve) => {
      const socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
      sockets.add(socket);
      socket.on('error', () => {}); // it may be reset
      socket.once('connect', () => ATTACKS[kind](socket));
      socket.once('connect', resolve);
      socket.once('close', () => {
        resolve();
        sockets.delete(socket);
        void open();
      });
    });
  };
  await Promise.all(Array.from({ length: held }, open));
  return () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
}
