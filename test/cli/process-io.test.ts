import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writerTo } from '../../src/cli/process-io.ts';
import { settle } from '../server/until.ts';

test('writerTo() a pipe whose reader has gone drops the rest without an error', async () => {
  const written: string[] = [];
  const pipe = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done(written.length > 1 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null);
    },
  });
  const write = writerTo(pipe);
  for (const text of ['one', 'two', 'three', 'four']) {
    write(text);
    await settle();
  }
  expect(written).toEqual(['one', 'two']);
});
