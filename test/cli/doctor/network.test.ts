import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { clock } from '../../../src/cli/doctor/checks/clock.ts';
import { ok } from '../../../src/cli/doctor/finding.ts';
import { boundedNetwork, type Question } from '../../../src/cli/doctor/network.ts';
import { Type } from '../../../src/dns/codes.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { freePort } from '../../helpers/free-port.ts';
import { fakeServer, replyTo } from '../fake-dns-server.ts';
import { examinationOf } from './world.ts';

const question = (port: number, more: Partial<Question> = {}): Question => ({
  server: { address: '127.0.0.1', port },
  name: '.',
  type: Type.SOA,
  transport: 'udp',
  ...more,
});

test.for(['udp', 'tcp'] as const)(
  'boundedNetwork() asks over %s, with DO, and once',
  async (transport) => {
    const record = { type: 'A', name: 'x', ttl: 1, data: '192.0.2.1' } as const;
    const server = await fakeServer((query) => [replyTo(query, { rcode: 3, answers: [record] })]);
    const network = boundedNetwork(systemClock);
    const asked = question(server.port, { transport });
    const answers = await Promise.all([network.ask(asked), network.ask({ ...asked })]);
    expect(answers[0]).toMatchObject({ rcode: 3, records: [{ type: Type.A, ttl: 1 }] });
    expect(answers[1]).toBe(answers[0]);
    expect(server.queries).toHaveLength(1);
    const sent = server.queries[0]?.bytes;
    expect(sent?.readUInt16BE(sent.length - 4)).toBe(0x8000); // DO (RFC 6891 section 6.1.4)
  },
);

test('boundedNetwork() tells of a reply that cannot be read', async () => {
  const server = await fakeServer((query) => [cut(query)]);
  const network = boundedNetwork(systemClock);
  expect(await network.ask(question(server.port))).toEqual({
    fault: expect.stringMatching(/^malformed reply: /),
  });
});

test('boundedNetwork() tells that nothing listens there', async () => {
  const asked = question(freePort(), { transport: 'tcp' });
  const answer = await boundedNetwork(systemClock).ask(asked);
  expect(answer).toHaveProperty('fault');
});

test('boundedNetwork() asks no more than 48 questions', async () => {
  const server = await fakeServer((query) => [replyTo(query)]);
  const network = boundedNetwork(systemClock);
  const names = Array.from({ length: 50 }, (_, at) => `n${at}.`);
  const answers = await Promise.all(
    names.map((name) => network.ask(question(server.port, { name }))),
  );
  expect(answers.filter((answer) => 'fault' in answer)).toEqual([
    { fault: 'not asked: enough for one run' },
    { fault: 'not asked: enough for one run' },
  ]);
});

test('the clock is compared with signatures as they come over the wire', async () => {
  const soa = { mname: 'a.', rname: 'b.', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };
  const rrsig = {
    typeCovered: 'SOA',
    algorithm: 8,
    labels: 0,
    originalTTL: 86_400,
    expiration: 1_700_500_000,
    inception: 1_699_400_000,
    keyTag: 1,
    signersName: '.',
    signature: Buffer.alloc(256),
  } as const;
  const server = await fakeServer((query) => [
    replyTo(query, {
      answers: [
        { type: 'SOA', name: '.', ttl: 1, data: soa },
        { type: 'RRSIG', name: '.', ttl: 1, data: rrsig },
      ],
    }),
  ]);
  const examination = examinationOf({ flags: { forward: [`127.0.0.1:${server.port}`] } });
  const network = boundedNetwork(systemClock);
  expect(await clock.run({ ...examination, network })).toEqual([
    ok(
      '2023-11-14T22:13Z is within the signatures of the root zone, 2023-11-07T23:33Z to 2023-11-20T17:06Z',
    ),
  ]);
});

test.for([
  [200, 'svcdns_up 1\n', 'svcdns_up 1\n'],
  [404, 'no', undefined],
] as const)('boundedNetwork().metrics() of status %d', async ([status, body, expected]) => {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const network = boundedNetwork(systemClock);
  expect(await network.metrics({ address: '127.0.0.1', port })).toBe(expected);
});

/** A reply that promises an answer and has none. */
function cut(query: Buffer): Buffer {
  const reply = replyTo(query);
  reply.writeUInt16BE(1, 6);
  return reply;
}
