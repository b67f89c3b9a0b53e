import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { onTestFinished } from 'vitest';

type Transport = 'udp' | 'tcp';

/** The messages to send for a query; none for silence. */
export type Script = (query: Buffer, transport: Transport) => readonly Buffer[];

/** A name server on loopback that does what a script says, over UDP and TCP on one port. */
export interface FakeServer {
  readonly port: number;
  /** Queries so far. */
  readonly queries: { readonly bytes: Buffer; readonly transport: Transport }[];
}

/** Starts a server that is gone when the test is. */
export async function fakeServer(script: Script): Promise<FakeServer> {
  const queries: { bytes: Buffer; transport: Transport }[] = [];
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const bytes = data.subarray(2); // a query of one test is one segment on loopback
      queries.push({ bytes, transport: 'tcp' });
      const replies = script(bytes, 'tcp');
      for (const reply of replies) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.write(length);
        socket.write(reply);
      }
    });
  });
  const udp = createSocket('udp4', (bytes, peer) => {
    queries.push({ bytes, transport: 'udp' });
    for (const reply of script(bytes, 'udp')) udp.send(reply, peer.port, peer.address);
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  onTestFinished(async () => {
    for (const connection of connections) connection.destroy();
    udp.close();
    tcp.close();
    await once(tcp, 'close');
  });
  return { port, queries };
}

export interface ReplyParts {
  readonly id?: number;
  readonly rcode?: number;
  /** Flags beside QR and RD. */
  readonly flags?: number;
  readonly question?: Packet['questions'];
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  /** Upper bits of the rcode, and an extended error: given, the reply has an OPT record. */
  readonly edns?: { readonly upper?: number; readonly error?: readonly [number, string] };
}

/** A reply to a query, written by dns-packet: the independent hand of these tests. */
export function replyTo(query: Buffer, parts: ReplyParts = {}): Buffer {
  const { id, questions = [] } = dnsPacket.decode(query);
  const { edns } = parts;
  return dnsPacket.encode({
    type: 'response',
    id: parts.id ?? id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | (parts.flags ?? 0) | (parts.rcode ?? 0),
    questions: parts.question ?? questions,
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
    additionals: [...(parts.additionals ?? []), ...(edns === undefined ? [] : [optRecord(edns)])],
  });
}

function optRecord({ upper = 0, error }: NonNullable<ReplyParts['edns']>): Answer {
  const options = [];
  if (error !== undefined) {
    const [code, text] = error;
    options.push({ code: 15, data: Buffer.from([code >> 8, code & 0xff, ...Buffer.from(text)]) });
  }
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: upper,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: options as never,
  };
}
