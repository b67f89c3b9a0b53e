import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { sessionsOf, Transcript } from '../helpers/transcript.ts';

// docs/tutorial.md is carried out as a learner would, on ports of its own, which stand in what is
// printed in the place of 1053 and 8053. `dig` may be missing here: test/system/tutorial.test.ts
// has it, and the ports that are shown.

const port = freePort();
const admin = freePort();

const transcript = new Transcript({
  env: { SVCDNS_LISTEN: `127.0.0.1:${port}`, SVCDNS_ADMIN: `127.0.0.1:${admin}` },
  asShown: (printed) =>
    printed
      .replace(`Listening on 127.0.0.1:${port} `, 'Listening on 127.0.0.1:1053, [::1]:1053 ')
      .replace(/^UDP transport: .*$/m, 'UDP transport: native')
      .replace(`-p ${port} `, '-p 1053 ')
      .replaceAll(`127.0.0.1:${admin}/`, '127.0.0.1:8053/'),
  isSkipped: (command) => command.startsWith('dig '),
});

afterAll(() => transcript.end());

describe('docs/tutorial.md', () => {
  test.each(sessionsOf('docs/tutorial.md'))('$title', async ({ blocks }) => {
    for (const block of blocks) expect(await transcript.carryOut(block)).toBe(block.text);
  });
});
