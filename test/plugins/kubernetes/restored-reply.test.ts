import { expect, test } from 'vitest';
import { ExtendedError, Rcode } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { addressRecord } from '../../../src/dns/record.ts';
import { restoredReply } from '../../../src/plugins/kubernetes/published-plugin.ts';
import { answerReply, errorReply } from '../../../src/plugins/reply.ts';

const record = (ttl: number) => addressRecord(keyFromText('web'), Uint8Array.of(10, 96, 0, 7), ttl);
const names = (restoredFrom: number | undefined) => ({ restoredFrom, objects: 'manifests' });
const reply = {
  ...answerReply('kubernetes', [record(30), record(0)]),
  authority: [record(5)],
  additional: [record(1)],
};

test('restoredReply() leaves a reply of this run alone', () => {
  expect(restoredReply(reply, names(undefined))).toBe(reply);
});

test('restoredReply() says of what time a reply is, and keeps nobody from asking again', () => {
  const restored = restoredReply(reply, names(1_700_000_000));
  expect(restored).toEqual({
    ...reply,
    answer: [record(1), record(0)],
    authority: [record(1)],
    additional: [record(1)],
    error: {
      code: ExtendedError.STALE_ANSWER,
      text: 'as of 2023-11-14T22:13:20.000Z: the manifests have not been read yet',
    },
  });
  expect(reply.answer).toEqual([record(30), record(0)]);
});

test('restoredReply() leaves a failure its own reason', () => {
  const failed = errorReply('forward', Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR, 'no upstream');
  expect(restoredReply(failed, names(1_700_000_000))).toBe(failed);
});
