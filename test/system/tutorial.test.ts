import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionsOf, Transcript } from '../helpers/transcript.ts';
import { NetworkNamespace } from './namespace.ts';
import { requireTools } from './tools.ts';

// docs/tutorial.md as it stands: real dig, the ports that are shown, nothing replaced but the UDP
// transport: there may be no compiled file.

let host: NetworkNamespace;
let transcript: Transcript;

beforeAll(async () => {
  requireTools('ip', 'dig');
  host = await NetworkNamespace.create();
  transcript = new Transcript({
    prefix: host.command(['env']),
    asShown: (printed) => printed.replace(/^UDP transport: .*$/m, 'UDP transport: native'),
  });
});

afterAll(async () => {
  await transcript?.end();
  await host?.remove();
});

describe('docs/tutorial.md', () => {
  test.each(sessionsOf('docs/tutorial.md'))('$title', async ({ blocks }) => {
    for (const block of blocks) expect(await transcript.carryOut(block)).toBe(block.text);
  });
});
