import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { sessionsOf, Transcript } from '../helpers/transcript.ts';

// The commands of docs/verify.md are run in one folder, in their order, with another port.

const port = freePort();

const transcript = new Transcript({
  env: { SVCDNS_LISTEN: `127.0.0.1:${port}`, SVCDNS_ADMIN: 'off' },
  asRun: (command) => command.replaceAll('127.0.0.1:1053', `127.0.0.1:${port}`),
  asShown: (printed) =>
    printed
      .replaceAll(`127.0.0.1:${port}`, '127.0.0.1:1053')
      .replaceAll(/^ {2}svcdns +/gm, '  svcdns          '),
});

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
