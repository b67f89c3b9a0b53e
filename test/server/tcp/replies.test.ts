import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { TcpReplies } from '../../../src/server/tcp/replies.ts';

test('TcpReplies has the kernel send at once from the second write on', () => {
  const calls: string[] = [];
  const socket = {
    write: () => void calls.push('write'),
    setNoDelay: () => void calls.push('setNoDelay'),
  };
  const replies = new TcpReplies(
    socket as unknown as Socket,
    () => 0,
    () => {},
  );
  for (let i = 0; i < 3; i++) {
    replies.add(Buffer.alloc(12), 12);
    replies.flush();
  }
  expect(calls).toEqual(['write', 'setNoDelay', 'write', 'write']);
});
