import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { REPLY_MS } from './patience.ts';
import { encodeQuery, type QueryOptions } from './query.ts';
import { type Reply, readReply } from './reply.ts';

/** Where a server listens. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

export interface AskOptions extends QueryOptions {
  readonly transport?: 'udp' | 'tcp';
  /** The address to ask from: any of 127.0.0.0/8 is a client of its own. */
  readonly from?: string;
}

/**
 * Asks one question and reads the reply strictly, see `readReply`.
 *
 * @throws Error when no reply comes, or a wrong one.
 */
export async function ask(
  server: ServerAddress,
  name: string,
  type: string | number,
  options: AskOptions = {},
): Promise<Reply> {
  const { transport = 'udp', from, ...queryOptions } = options;
  const query = encodeQuery(name, type, queryOptions);
  return readReply(query, await askBytes(server, query, transport, from), transport);
}

/** Sends a message as it is and returns the reply as it is; what it holds is not judged. */
export async function askBytes(
  server: ServerAddress,
  message: Buffer,
  transport: 'udp' | 'tcp' = 'udp',
  from?: string,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(REPLY_MS);
  try {
    return await (transport === 'udp' ? overUdp : overTcp)(server, message, signal, from);
  } catch (error) {
    const place = `${transport} ${server.address} port ${server.port}`;
    throw new Error(`No reply from ${place} to ${message.toString('hex')}`, { cause: error });
  }
}

async function overUdp(
  { address, port }: ServerAddress,
  message: Buffer,
  signal: AbortSignal,
  from?: string,
): Promise<Buffer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    if (from !== undefined) {
      socket.bind(0, from);
      await once(socket, 'listening', { signal });
    }
    // Connected, so that a closed port is an error at once and nobody else can reply.
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
    socket.send(message);
    const [reply] = (await once(socket, 'message', { signal })) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

async function overTcp(
  { address, port }: ServerAddress,
  message: Buffer,
  signal: AbortSignal,
  from?: string,
): Promise<Buffer> {
  const socket = connect({
    port,
    host: address,
    ...(from === undefined ? {} : { localAddress: from }),
  });
  const abort = (): void => void socket.destroy(new Error('Timed out'));
  signal.addEventListener('abort', abort);
  try {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    let bytes = Buffer.alloc(0);
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      if (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE()) {
        return bytes.subarray(2, 2 + bytes.readUInt16BE());
      }
    }
    throw new Error(`Connection closed after ${bytes.length} bytes`);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
