import { describe, expect, test } from 'vitest';
import { replyWith } from '../../helpers/plugin-harness.ts';
import { blockWith, exchanging } from './chain-world.ts';

/** So many addresses, whose owners take turns. */
function addresses(count: number, ...owners: readonly string[]): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${owners[i % owners.length]} 300 IN A 192.0.2.${i}`,
  );
}

const ALIAS = 'www.example.org. 300 IN CNAME web.example.org.';

describe('a reply that does not fit into 512 bytes', () => {
  test.for([
    ['none of its only RRset', addresses(40, 'www.example.org.'), 0],
    [
      'none of one whose owners differ in case',
      addresses(40, 'www.example.org.', 'wWw.Example.ORG.'),
      0,
    ],
    ['what is whole', [ALIAS, ...addresses(40, 'web.example.org.')], 1],
    [
      'what is whole before other letters',
      [ALIAS, ...addresses(40, 'web.example.org.', 'WEB.example.org.')],
      1,
    ],
    [
      'an RRset before one of another owner',
      [...addresses(2, 'www.example.org.', 'WWW.example.org.'), ...addresses(40, 'w.example.org.')],
      2,
    ],
  ] as const)('has %s', async ([, answer, kept]) => {
    const { ask } = exchanging([blockWith([''], { chain: async () => replyWith(answer) })]);
    const reply = await ask('www.example.org. A');
    expect([reply.answer.length, reply.flags]).toEqual([kept, 'qr tc rd ra']);
  });

  test('leaves whole RRsets out of the additional section, and TC too', async () => {
    const additional = addresses(40, 'ns.example.org.', 'NS.example.org.');
    const reply = { ...replyWith(addresses(1, 'www.example.org.')) };
    const chain = async () => ({ ...reply, additional: replyWith(additional).answer });
    const { ask } = exchanging([blockWith([''], { chain })]);
    const { answer, additional: kept, flags } = await ask('www.example.org. A');
    expect([answer.length, kept.length, flags]).toEqual([1, 0, 'qr rd ra']);
  });
});
