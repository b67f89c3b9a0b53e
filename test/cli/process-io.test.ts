import { Writable } from 'node:stream';
import { expect, test, vi } from 'vitest';
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

test.for([
  ['ENOSPC', 1],
  ['EPIPE', 0],
] as const)(
  'writerTo() says once that text was lost, but not of a reader that has gone: %s',
  async ([code, times]) => {
    const error = Object.assign(new Error(`write ${code}`), { code });
    const onLost = vi.fn();
    const full = new Writable({ write: (_chunk, _encoding, done) => done(error) });
    const write = writerTo(full, onLost);
    for (const text of ['one', 'two']) {
      write(text);
      await settle();
    }
    expect(onLost.mock.calls).toEqual(Array.from({ length: times }, () => [error]));
  },
);
