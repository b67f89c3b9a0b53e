import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { udpTransport } from '../../src/server/udp/transport.ts';
import { eventually, eventuallyTrue } from '../helpers/eventually.ts';
import { freePort } from '../helpers/free-port.ts';
import { encodeQuery } from '../helpers/query.ts';
import { rounds } from '../helpers/runs.ts';
import { ServiceManager } from '../helpers/service-manager.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// Sockets that a service manager keeps and hands over, as systemd does, while the program is ended
// and started again.

const RESTARTS = rounds(1, 20);
/**
 * Queries a second. Only root gets a receive buffer in which so many have room for as long as a
 * start takes on a busy machine.
 */
const IS_ROOT = process.getuid?.() === 0;
const UDP_RATE = IS_ROOT ? rounds(200, 2000) : 50;
/** More are not asked while so many wait: a machine that is busy with other things has limits. */
const MOST_DUE = 2 * UDP_RATE;
const TCP_RATE = 20;
/** One network, of which none is dropped for the sake of others while the machine is busy. */
const CLIENTS = ['127.0.1.1', '127.0.1.2', '127.0.1.3'];
const SERVER = '127.0.0.1';
const NAME = 'web.shop.svc.cluster.local.';

const TRANSPORTS = udpTransport('auto').name === 'native' ? ['native', 'dgram'] : ['dgram'];

let folder: TempFolder;
let port: number;

beforeEach(() => {
  folder = new TempFolder();
  port = freePort();
  folder.write(
    'k8s/web.yaml',
    `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 80 }] }
`,
  );
});
afterEach(() => folder.dispose());

function serve(addresses: readonly string[], ...args: readonly string[]): ServiceManager {
  const manifests = ['--manifests', folder.at('k8s')];
  const all = ['serve', ...manifests, '--admin', 'off', '--forward', 'off', ...args];
  const manager = new ServiceManager(port, addresses, all);
  onTestFinished(() => manager.stop());
  return manager;
}

describe.each(TRANSPORTS)('with the transport %s', (transport) => {
  test('of the queries during restarts none is lost', async () => {
    const listen = ['--listen', `${SERVER}:${port}`, '--transport', transport];
    const manager = serve([SERVER], ...listen);
    await manager.started(1);
    const udp = await UdpLoad.start(port);
    const tcp = new TcpLoad(port);
    for (let restart = 1; restart <= RESTARTS; restart++) {
      const before = udp.answered;
      manager.restart();
      await manager.started(restart + 1);
      // What came meanwhile has been answered, and it goes on.
      await eventuallyTrue(() => udp.answered - before > 100 && udp.due < UDP_RATE);
    }
    udp.stop();
    tcp.stop();
    await eventually(() => expect([udp.due, tcp.due]).toEqual([0, 0]));
    expect(udp.wrong).toEqual([]);
    expect(tcp.wrong).toEqual([]);
    expect(udp.answered).toBe(udp.asked);
    expect(tcp.answered).toBe(tcp.asked);
    expect(manager.ended).toEqual(new Array(RESTARTS).fill(0));
  });
});

test.for([
  [
    'on which nothing is to be served',
    SERVER,
    '127.0.0.2',
    'and nothing is served there: expected',
  ],
  ['for every address', '0.0.0.0', SERVER, 'expected a single address, and ListenDatagram='],
] as const)('a socket %s ends the start', async ([, handedOver, listen, reason]) => {
  const manager = serve([handedOver], '--listen', `${listen}:${port}`);
  await manager.until(() => manager.ended.length > 0, 'end');
  expect(manager.ended).toEqual([1]);
  expect(manager.printed).toContain(
    `svcdns serve: The socket for ${handedOver}:${port} (udp) was handed over`,
  );
  expect(manager.printed).toContain(reason);
});

test('addresses that no socket was handed over for are opened', async () => {
  const listen = ['--listen', `${SERVER}:${port}`, '--listen', `127.0.0.2:${port}`];
  const manager = serve(['127.0.0.2'], ...listen);
  await manager.started(1);
  for (const address of [SERVER, '127.0.0.2']) expect(await askOverTcp(address, port)).toBe(ANSWER);
});

/** RCODE and address. */
const ANSWER = '0 10.96.0.7';

function answerOf(reply: Buffer): string {
  return `${reply[3]! & 15} ${reply.subarray(-4).join('.')}`;
}

/** Asks at a steady rate from many sockets, and waits for every reply for as long as it takes. */
class UdpLoad {
  asked = 0;
  answered = 0;
  readonly wrong: string[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #due = new Set<string>();

  private constructor(sockets: readonly dgram.Socket[], port: number) {
    for (const [at, socket] of sockets.entries()) {
      socket.on('message', (reply) => {
        if (this.#due.delete(`${at} ${reply.readUInt16BE()}`)) this.answered++;
        if (answerOf(reply) !== ANSWER) this.wrong.push(answerOf(reply));
      });
    }
    const query = encodeQuery(NAME, 'A');
    let last = performance.now();
    let owed = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      // A pause of ours is no burst of queries.
      owed += (Math.min(now - last, 100) * UDP_RATE) / 1000;
      last = now;
      for (; owed >= 1; owed--) {
        if (this.due >= MOST_DUE) continue;
        const number = this.asked++;
        const at = number % sockets.length;
        const id = Math.floor(number / sockets.length) & 0xffff;
        query.writeUInt16BE(id);
        this.#due.add(`${at} ${id}`);
        sockets[at]!.send(Buffer.from(query), port, SERVER);
      }
    }, 10);
  }

  static async start(port: number): Promise<UdpLoad> {
    const sockets = Array.from({ length: 32 }, () => dgram.createSocket('udp4'));
    for (const [at, socket] of sockets.entries()) {
      socket.bind(0, CLIENTS[at % CLIENTS.length]);
      await once(socket, 'listening');
      onTestFinished(() => void socket.close());
    }
    const load = new UdpLoad(sockets, port);
    onTestFinished(() => load.stop());
    return load;
  }

  get due(): number {
    return this.#due.size;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * A connection for each query, which is sent once it stands; a second one when the first is closed
 * without a reply (RFC 7766 section 6.2.4), as when the query takes 2 s to come on a busy machine.
 */
class TcpLoad {
  asked = 0;
  answered = 0;
  readonly wrong: string[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(port: number) {
    const askAgain = async () => {
      const first = await askOverTcp(SERVER, port);
      return CLOSED.test(first) ? askOverTcp(SERVER, port) : first;
    };
    this.#timer = setInterval(() => {
      this.asked++;
      void askAgain().then((answer) => {
        this.answered++;
        if (answer !== ANSWER) this.wrong.push(answer);
      });
    }, 1000 / TCP_RATE);
    onTestFinished(() => this.stop());
  }

  get due(): number {
    return this.asked - this.answered;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const CLOSED = /ECONNRESET|EPIPE|closed/;

/** RCODE and address, or what became of the connection. */
function askOverTcp(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const query = encodeQuery(NAME, 'A');
    const chunks: Buffer[] = [];
    const socket = net.connect(port, address, () => {
      socket.write(Buffer.concat([Buffer.from([0, query.length]), query]));
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length < 2 || bytes.length < bytes.readUInt16BE() + 2) return;
      resolve(answerOf(bytes.subarray(2)));
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve('closed without a reply'));
  });
}
