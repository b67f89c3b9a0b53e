import { expect, test } from 'vitest';
import { HEADER_BYTES } from '../../src/dns/header.ts';
import { readRecords } from '../../src/dns/message.ts';
import { keyFromText } from '../../src/dns/name.ts';
import { clusterSoa, Soa } from '../../src/zone/soa.ts';

const APEX = 'cluster.local';

test.for([
  ['of the cluster', clusterSoa(5)],
  ['of the cluster, with a TTL over the cap', clusterSoa(3600)],
  [
    'of other zones',
    new Soa({ server: keyFromText('ns1.dns'), contact: keyFromText('hostmaster.dns'), ttl: 3600 }),
  ],
] as const)('an SOA record %s is the same in bytes and as a record', ([, soa]) => {
  const apex = keyFromText(APEX);
  const message = Buffer.alloc(200);
  // A question for `a.cluster.local`.
  message.write(`\x01a${apex}`, HEADER_BYTES, 'latin1');
  const start = HEADER_BYTES + 2 + apex.length + 5;
  const end = soa.write(message, start, HEADER_BYTES + 2, 1_700_000_000);
  const read = readRecords(message.subarray(0, end), start, 1);
  expect(read).toMatchObject({ end, records: [soa.record(apex, 1_700_000_000)] });
});

test('the cluster caps the TTL of its SOA record, and not that of negative answers', () => {
  const { ttl, data } = clusterSoa(3600).record(keyFromText(APEX), 1);
  expect([ttl, data.kind === 'start' && data.start.minimum]).toEqual([300, 3600]);
});
