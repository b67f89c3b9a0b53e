import { expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import { TestIo } from '../test-io.ts';

test.for([
  [
    'explain web --server localhost:8053',
    "Cannot use 'localhost:8053' for --server: expected ADDRESS:PORT, as in 127.0.0.1:8053",
  ],
  [
    'top --server here',
    "Cannot use 'here' for --server: expected ADDRESS:PORT, as in 127.0.0.1:8053",
  ],
] as const)('%s is wrong usage', async ([line, message]) => {
  const { code, stderr } = await new TestIo().outcome(line);
  expect({ code, first: stderr.split('\n')[0] }).toEqual({
    code: 2,
    first: `svcdns ${line.split(' ')[0]}: ${message}`,
  });
});

test('an empty name, as of an unset variable of a shell, is none', async () => {
  const io = new TestIo();
  expect(await run(['explain', ''], io)).toBe(2);
  expect(io.err).toMatch(/^svcdns explain: Expected the name to explain\n/);
});
