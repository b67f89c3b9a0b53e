import dnsPacket, { type Answer } from 'dns-packet';
import { expect, test } from 'vitest';
import { replySections } from '../../src/cli/query/reply-sections.ts';
import { UdpQuestions } from '../../src/cli/query/udp-questions.ts';
import { Type } from '../../src/dns/codes.ts';
import { wireFromText } from '../../src/dns/name.ts';
import { recordText } from '../../src/dns/text.ts';
import { systemClock } from '../../src/support/clock.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { freePort } from '../helpers/free-port.ts';
import { fakeServer, replyTo } from './fake-dns-server.ts';

function questions(port: number, clock = systemClock): UdpQuestions {
  const server = { host: '127.0.0.1', port };
  // The same ID each time: a free one is taken all the same.
  return new UdpQuestions({ server, timeoutMs: 5000, tries: 2, clock, randomId: () => 7 });
}

const answered = (name: string): Answer[] => [{ type: 'A', name, ttl: 5, data: '10.0.0.1' }];

test('UdpQuestions puts many at once, and takes only replies to them', async () => {
  const { port } = await fakeServer((query) => {
    const { questions: [{ name } = { name: '' }] = [] } = dnsPacket.decode(query);
    const stranger = replyTo(query, { id: 9999, answers: answered(name) });
    const other = replyTo(query, { question: [{ type: 'A', name: 'other', class: 'IN' }] });
    return [stranger, other, Buffer.alloc(1), replyTo(query, { answers: answered(name) })];
  });
  const asker = questions(port);
  const names = Array.from({ length: 50 }, (_, at) => `n${at}.example.`);
  const replies = await Promise.all(names.map((name) => asker.ask(wireFromText(name), Type.A)));
  asker.close();
  const found = replies.map(({ bytes, questionEnd }) =>
    replySections(bytes, questionEnd)[0]?.map(recordText),
  );
  expect(found).toEqual(names.map((name) => [`${name} 5 IN A 10.0.0.1`]));
});

test('UdpQuestions asks over TCP when the reply does not fit', async () => {
  const { port, queries } = await fakeServer((query, transport) => [
    replyTo(query, transport === 'udp' ? { flags: dnsPacket.TRUNCATED_RESPONSE } : {}),
  ]);
  const asker = questions(port);
  const { transport } = await asker.ask(wireFromText('a.example'), Type.A);
  asker.close();
  expect(transport).toBe('tcp');
  expect(queries.map((one) => one.transport)).toEqual(['udp', 'tcp']);
});

test('UdpQuestions says why no reply comes', async () => {
  const asker = questions(freePort());
  await expect(asker.ask(wireFromText('a'), Type.A)).rejects.toThrow(/connection refused/);
  asker.close();
  const { port } = await fakeServer(() => []);
  const clock = new FakeClock();
  const silent = questions(port, clock);
  const asked = silent.ask(wireFromText('a'), Type.A);
  const moving = setInterval(() => clock.advance(1000), 1);
  await expect(asked).rejects.toThrow(/no reply to 2 tries of 5000 ms/);
  clearInterval(moving);
  silent.close();
});
