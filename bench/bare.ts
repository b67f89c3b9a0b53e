import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * The least that Node.js needs for the same work, without any DNS in it: `echo` sends back what
 * comes, `tcp-echo` does so over TCP, `relay` hands it on by one socket and back by the other. And
 * the `upstream`, which answers every question at once: names that begin with an `n` do not exist,
 * the others have an address.
 */
export const BARE: Readonly<Record<string, (port: number, upstream: number) => void>> = {
  echo(port) {
    const socket = createSocket('udp4');
    socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
    socket.bind(port, '127.0.0.1');
  },

  'tcp-echo'(port) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (bytes) => socket.write(bytes));
      socket.on('end', () => socket.destroy()); // to shut down first would cost more
      socket.on('error', () => {});
    });
    server.listen(port, '127.0.0.1');
  },

  relay(port, upstream) {
    const clients = createSocket('udp4');
    const server = createSocket('udp4');
    // By message ID, which the asker does not repeat while a question is under way.
    const askers: { port: number; address: string }[] = [];
    clients.on('message', (bytes, from) => {
      askers[bytes.readUInt16BE(0)] = from;
      server.send(bytes);
    });
    server.on('message', (bytes) => {
      const asker = askers[bytes.readUInt16BE(0)];
      if (asker !== undefined) clients.send(bytes, asker.port, asker.address);
    });
    server.connect(upstream, '127.0.0.1', () => clients.bind(port, '127.0.0.1'));
  },

  upstream(port) {
    const socket = createSocket('udp4');
    socket.on('message', (query, from) => {
      socket.send(upstreamReply(query), from.port, from.address);
    });
    socket.bind(port, '127.0.0.1');
  },
};

/** What the upstream says to a query. */
export function upstreamReply(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const isMissing = (query[13]! | 0x20) === 0x6e;
  const reply = Buffer.concat([query.subarray(0, end), isMissing ? SOA : ADDRESS]);
  reply.writeUInt16BE(isMissing ? 0x8183 : 0x8180, 2);
  for (const [at, count] of [1, isMissing ? 0 : 1, isMissing ? 1 : 0, 0].entries()) {
    reply.writeUInt16BE(count, 4 + 2 * at);
  }
  return reply;
}

/** Owner: a pointer to the question; type, class, 3600 s, 192.0.2.1. */
const ADDRESS = Buffer.from('c00c00010001000008100004c0000201', 'hex');

/** `example. 60 IN SOA ns.example. h.example. 1 2 3 4 60` */
const SOA = Buffer.from(
  '\x07example\0\0\x06\0\x01\0\0\0\x3c\0\x2b\x02ns\x07example\0\x01h\x07example\0' +
    '\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x3c',
  'latin1',
);
