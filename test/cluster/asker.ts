import { once } from 'node:events';
import { connect } from 'node:net';
import { UdpClient } from '../e2e/udp-client.ts';
import type { ServerAddress } from '../helpers/ask.ts';
import { encodeQuery } from '../helpers/query.ts';
import { type Reply, readReply } from '../helpers/reply.ts';
import type { Question } from './questions.ts';

export type Transport = 'udp' | 'tcp';

/** A client may ask so many under IDs of their own. */
const AT_ONCE = 20_000;

/** Queries that are under way on a connection: CoreDNS takes one after the other. */
const PIPELINED = 32;

/** The replies of a server to all questions, in their order, each read strictly. */
export async function replies(
  server: ServerAddress,
  questions: readonly Question[],
  transport: Transport,
): Promise<readonly Reply[]> {
  const read: Reply[] = [];
  for (let from = 0; from < questions.length; from += AT_ONCE) {
    const some = questions.slice(from, from + AT_ONCE);
    const queries = some.map(({ name, type }, id) => encodeQuery(name, type, { id, edns: {} }));
    const bytes = await (transport === 'udp' ? overUdp : overTcp)(server, queries);
    read.push(...queries.map((query, index) => readReply(query, bytes[index]!, transport)));
  }
  return read;
}

async function overUdp(server: ServerAddress, queries: readonly Buffer[]) {
  const client = await UdpClient.open(server);
  try {
    return await client.askAll(queries);
  } finally {
    client.close();
  }
}

async function overTcp(server: ServerAddress, queries: readonly Buffer[]): Promise<Buffer[]> {
  const socket = connect(server.port, server.address);
  await once(socket, 'connect');
  const answers: Buffer[] = [];
  let sent = 0;
  let came = 0;
  let bytes = Buffer.alloc(0);
  const fill = () => {
    for (; sent < queries.length && sent - came < PIPELINED; sent++) {
      const query = queries[sent]!;
      socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]));
    }
  };
  try {
    fill();
    if (queries.length === 0) return answers;
    socket.setTimeout(30_000, () => socket.destroy(new Error('No reply over TCP in 30 s')));
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE()) {
        const reply = bytes.subarray(2, 2 + bytes.readUInt16BE());
        bytes = bytes.subarray(2 + reply.length);
        answers[reply.readUInt16BE()] = reply;
        came++;
      }
      if (came === queries.length) return answers;
      fill();
    }
    throw new Error(`The connection ended after ${came} of ${queries.length} replies`);
  } finally {
    socket.destroy();
  }
}

/** A reply as dig shows it, sorted, without what differs from one server to the next. */
export function digText({ rcode, flags, answer, authority, additional }: Reply): string {
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`;; ${name}`, ...lines.map(withoutSerial).sort()];
  return [
    `;; status: ${rcode}, flags: ${flags}`,
    ...section('ANSWER', answer),
    ...section('AUTHORITY', authority),
    ...section('ADDITIONAL', additional),
  ].join('\n');
}

/** Serials count the changes that each server has seen. */
function withoutSerial(line: string): string {
  return line.replace(/( IN SOA \S+ \S+) \d+/, '$1 *');
}
