import { describe, expect, test } from 'vitest';
import { keyFromText } from '../../../src/dns/name.ts';
import { Metadata } from '../../../src/plugins/metadata/index.ts';
import type { LabelSource, Request } from '../../../src/plugins/plugin.ts';
import { question, replyWith } from '../../helpers/plugin-harness.ts';

const asked: string[] = [];
const COLOUR: LabelSource = {
  label: (label, { id }) => {
    asked.push(label);
    return label === 'paint/colour' ? `red ${id}` : undefined;
  },
};
const ROOT = [keyFromText('')];

describe('Metadata', () => {
  test('asks nobody for what nobody reads', async () => {
    asked.length = 0;
    const reply = replyWith([]);
    expect(await new Metadata(ROOT, [COLOUR]).serve(question('a. A'), async () => reply)).toBe(
      reply,
    );
    expect(asked).toEqual([]);
  });

  test('value() is what the first that knows the label says of the question as it came', () => {
    const { metadata } = new Metadata(ROOT, [{ label: () => undefined }, COLOUR]).collect(
      question('a. A', { id: 3 }),
    );
    expect([metadata?.value('paint/colour'), metadata?.value('paint/price')]).toEqual([
      'red 3',
      undefined,
    ]);
  });

  test('value() is what a plugin below has set, for those above too', async () => {
    const seen: Request[] = [];
    const metadata = new Metadata(ROOT, [COLOUR]);
    await metadata.serve(question('a. A'), async (request) => {
      seen.push(request);
      const rewritten = { ...request, type: 28 };
      rewritten.metadata?.set('forward/upstream', '192.0.2.53:53');
      return replyWith([]);
    });
    expect(seen[0]?.metadata?.value('forward/upstream')).toBe('192.0.2.53:53');
  });

  test('questions have nothing in common', () => {
    const metadata = new Metadata(ROOT, []);
    const [first, second] = [
      metadata.collect(question('a. A')),
      metadata.collect(question('a. A')),
    ];
    first.metadata?.set('a/b', 'c');
    expect(second.metadata?.value('a/b')).toBeUndefined();
  });
});
