import { afterAll, expect, test } from 'vitest';
import { Transcript } from '../helpers/transcript.ts';
import { blocksOf } from '../readme-blocks.ts';

// The commands of docs/diff.md are run in one folder, in their order.

const transcript = new Transcript({ env: { GIT_CONFIG_NOSYSTEM: '1' } });

afterAll(() => transcript.end());

test('docs/diff.md: its commands print what it shows', async () => {
  for (const block of blocksOf('docs/diff.md').filter(({ info }) => info === 'console')) {
    expect(await transcript.carryOut(block)).toBe(block.text);
  }
});
