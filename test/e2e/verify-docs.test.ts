import { afterAll, describe, expect, test } from 'vitest';
import { sessionsOf, Transcript } from '../helpers/transcript.ts';

// The commands of docs/verify.md are run in one folder, in their order.

const transcript = new Transcript({});

afterAll(() => transcript.end());

describe('docs/verify.md', () => {
  const sessions = sessionsOf('docs/verify.md').map(({ title, blocks }) => ({
    title,
    blocks: blocks.filter(({ info }) => info.startsWith('console')),
  }));

  test.each(sessions.filter(({ blocks }) => blocks.length > 0))('$title', async ({ blocks }) => {
    for (const block of blocks) expect(await transcript.carryOut(block)).toBe(block.text);
  });
});
