import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { compiled } from '../../bench/compiled.ts';
import { connects } from '../../bench/connect.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { requireTools } from './tools.ts';

beforeAll(() => requireTools('cc'));

/** Connections that ask a server which does this with each query, behind its length. */
async function asked(answer: (query: Buffer, at: number) => readonly Buffer[]) {
  const queries: Buffer[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (query) => {
      queries.push(query);
      const parts = answer(query, queries.length);
      if (parts.length === 0) socket.end();
      for (const part of parts) socket.write(part);
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const folder = new TempFolder();
  onTestFinished(() => folder.dispose());
  const questions = folder.write('questions', 'a.example A\nb.example AAAA\n');
  const program = compiled('connect', folder.path);
  const report = await connects({ program, port, questions, seconds: 2, rate: 500 });
  return { queries, report };
}

const withRcode = (query: Buffer, rcode: number) => {
  const reply = Buffer.from(query);
  reply[5] = 0x80 | rcode;
  return reply;
};

test('connect.c asks each question in turn, with an ID of its own', async () => {
  const { queries, report } = await asked((query) => [query]);
  expect(report.lost).toBe(0);
  expect(report.completed).toBeGreaterThan(1);
  const id = (at: number) => queries.find((query) => query.readUInt16BE(2) === at)!;
  const header = '\x01\0\0\x01\0\0\0\0\0\0';
  const text = (query: Buffer) => query.toString('latin1');
  expect(text(id(0))).toBe(`\0\x1b\0\0${header}\x01a\x07example\0\0\x01\0\x01`);
  expect(text(id(1))).toBe(`\0\x1b\0\x01${header}\x01b\x07example\0\0\x1c\0\x01`);
});

test('connect.c takes a reply in parts, and a name that there is not', async () => {
  const { report } = await asked((query) => {
    const reply = withRcode(query, 3);
    return [reply.subarray(0, 1), reply.subarray(1)];
  });
  expect(report.lost).toBe(0);
});

test.for([
  ['a failure', (query: Buffer) => [withRcode(query, 2)]],
  [
    'another ID',
    (query: Buffer) => [Buffer.from(query.map((byte, at) => (at === 3 ? ~byte : byte)))],
  ],
  ['no reply', () => []],
] as const)('connect.c counts %s as an error', async ([, wrong]) => {
  const { report } = await asked((query, at) => (at % 2 === 0 ? wrong(query) : [query]));
  expect(report.lost).toBeGreaterThan(0);
  expect(report.completed).toBeGreaterThan(0);
});
