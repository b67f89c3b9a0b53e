import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Answer, encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, askBytes } from './ask.ts';
import { encodeQuery } from './query.ts';
import { readReply } from './reply.ts';

const NAME = 'Web.shop.svc.cluster.local.';
const QUERY = encodeQuery(NAME, 'A');
const EDNS_QUERY = encodeQuery(NAME, 'A', { edns: { size: 1232, do: true } });

const records: Answer[] = [
  { type: 'A', name: NAME, ttl: 5, data: '10.96.0.7' },
  { type: 'AAAA', name: NAME, ttl: 5, data: 'fd00:0:0::1' },
  { type: 'CNAME', name: NAME, ttl: 5, data: 'www.example.com' },
  { type: 'SRV', name: NAME, ttl: 5, data: { priority: 0, weight: 50, port: 80, target: 'a.b' } },
  { type: 'TXT', name: NAME, ttl: 28_800, data: ['1.1.0', 'say "\\x"'] },
  { type: 'SOA', name: 'cluster.local', ttl: 5, data: { mname: 'a', rname: 'b', serial: 7 } },
];

/** A reply as a forgiving library makes it; `flags` beside QR and RD. */
function reply(
  flags = 0x0400,
  answers: readonly Answer[] = [],
  additionals: Answer[] = [],
): Buffer {
  return encode({
    id: 0x1234,
    type: 'response',
    flags: flags | 0x0100,
    questions: [{ name: NAME, type: 'A' }],
    answers: [...answers],
    additionals,
  });
}

const OPT: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0x8000,
  flag_do: true,
  options: [],
};

test('readReply() writes records as zone text, with owners exact', () => {
  expect(readReply(QUERY, reply(0x0400, records), 'udp')).toMatchObject({
    rcode: 'NOERROR',
    flags: 'qr aa rd',
    opt: undefined,
    answer: [
      `${NAME} 5 IN A 10.96.0.7`,
      `${NAME} 5 IN AAAA fd00::1`,
      `${NAME} 5 IN CNAME www.example.com.`,
      `${NAME} 5 IN SRV 0 50 80 a.b.`,
      `${NAME} 28800 IN TXT "1.1.0" "say \\"\\\\x\\""`,
      'cluster.local. 5 IN SOA a. b. 7 0 0 0 0',
    ],
  });
});

test('readReply() reads OPT apart from the additional section', () => {
  const { opt, additional } = readReply(EDNS_QUERY, reply(0, [], [OPT]), 'udp');
  expect(additional).toEqual([]);
  expect(opt).toEqual({ udpSize: 1232, version: 0, do: true, flags: 0, options: [] });
});

test('readReply() reads an extended rcode', () => {
  const bytes = reply(0, [], [OPT]);
  bytes[bytes.length - 6] = 1;
  expect(readReply(EDNS_QUERY, bytes, 'udp').rcode).toBe('BADVERS');
});

test('readReply() accepts a header-only FORMERR', () => {
  const bytes = Buffer.from('123480010000000000000000', 'hex');
  expect(readReply(QUERY, bytes, 'udp')).toMatchObject({ rcode: 'FORMERR', flags: 'qr' });
});

describe('readReply() turns down', () => {
  const good = reply(0x0400, records.slice(0, 1));
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good);
    change(bytes);
    return bytes;
  };
  const RDLENGTH = good.length - 5;

  test.for<[string, Buffer, RegExp]>([
    ['another ID', changed((bytes) => bytes.writeUInt16BE(7, 0)), /ID/],
    ['a query', changed((bytes) => bytes.writeUInt8(0x05, 2)), /QR/],
    ['another opcode', changed((bytes) => bytes.writeUInt8(0xa5, 2)), /opcode/],
    ['the Z bit', changed((bytes) => bytes.writeUInt8(0x40, 3)), /Z/],
    ['the AD bit', changed((bytes) => bytes.writeUInt8(0x20, 3)), /AD/],
    ['RD lost', changed((bytes) => bytes.writeUInt8(0x84, 2)), /RD/],
    ['the question in another case', changed((bytes) => bytes.write('w', 13)), /question/],
    ['bytes after the end', Buffer.concat([good, Buffer.alloc(1)]), /1 bytes follow/],
    ['a missing byte', good.subarray(0, -1), /ends at byte/],
    ['a wrong RDLENGTH', changed((bytes) => bytes.writeUInt8(3, RDLENGTH)), /RDATA of type 1/],
    ['OPT without being asked', reply(0, [], [OPT]), /OPT records/],
    ['a reply larger than 512 bytes', reply(0, Array(30).fill(records[0])), /takes 512/],
  ])('%s', ([, bytes, message]) => {
    expect(() => readReply(QUERY, bytes, 'udp')).toThrow(message);
  });

  test('a missing OPT', () => {
    expect(() => readReply(EDNS_QUERY, good, 'udp')).toThrow(/OPT records in reply: 0/);
  });
});

test('readReply() lets a large reply pass over TCP', () => {
  expect(readReply(QUERY, reply(0, Array(30).fill(records[0])), 'tcp').answer).toHaveLength(30);
});

describe('ask()', () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  test('asks over UDP', async () => {
    const socket = createSocket('udp4');
    closers.push(() => socket.close());
    socket.on('message', (_, { port, address }) => socket.send(reply(), port, address));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    expect(await ask(socket.address(), NAME, 'A')).toMatchObject({ rcode: 'NOERROR' });
  });

  test('asks over TCP, however the reply is cut', async () => {
    const bytes = reply();
    const framed = Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write(framed.subarray(0, 1));
        setImmediate(() => socket.end(framed.subarray(1)));
      });
    }).listen(0, '127.0.0.1');
    closers.push(() => server.close());
    await once(server, 'listening');
    const address = server.address() as AddressInfo;
    expect(await ask(address, NAME, 'A', { transport: 'tcp' })).toMatchObject({
      flags: 'qr aa rd',
    });
  });

  test('says where no reply came from', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    closers.push(() => server.close());
    await once(server, 'listening');
    const address = server.address() as AddressInfo;
    await expect(askBytes(address, QUERY, 'tcp')).rejects.toThrow(
      `No reply from tcp 127.0.0.1 port ${address.port}`,
    );
  });
});
