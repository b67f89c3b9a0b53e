import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A and 192.0.2.1, for a name that is at offset 12; 300 s. */
const ANSWER = Buffer.from('c00c000100010000012c0004c0000201', 'hex');

/** A resolver that says 192.0.2.1 to every question, with the least work that can be. */
export async function startUpstream(port: number): Promise<{ readonly stop: () => void }> {
  const udp = createSocket('udp4');
  udp.on('message', (query, client) => udp.send(replyTo(query), client.port, client.address));
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    socket.on('data', (frames) => answerAll(frames, socket));
  });
  udp.bind(port, '127.0.0.1');
  tcp.listen(port, '127.0.0.1');
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
  return {
    stop: () => {
      udp.close();
      tcp.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

/** On loopback a query never comes in two pieces. */
function answerAll(frames: Buffer, socket: Socket): void {
  for (let at = 0; at + 2 <= frames.length; ) {
    const end = at + 2 + frames.readUInt16BE(at);
    const reply = replyTo(frames.subarray(at + 2, end));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(reply.length);
    socket.write(Buffer.concat([length, reply]));
    at = end;
  }
}

function replyTo(query: Buffer): Buffer {
  let end = 12;
  while (query[end] !== 0) end += 1 + query[end]!;
  end += 5;
  const reply = Buffer.concat([query.subarray(0, end), ANSWER, query.subarray(end)]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(1, 6);
  return reply;
}
