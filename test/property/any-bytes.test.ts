import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_QUERY_BYTES } from '../../src/dns/intake.ts';
import { countReads } from '../helpers/counted-bytes.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import { ednsOption, packet } from '../helpers/packet.ts';
import { runs } from '../helpers/runs.ts';
import { readWire } from '../helpers/wire.ts';

const server = new InProcessServer();
server.load(
  manifestWorld(
    `
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
kind: Service
metadata: { name: alias, namespace: shop }
spec: { type: ExternalName, externalName: web.shop.svc.cluster.local }
`,
    [],
  ).namespaces,
);

/** Bytes near a real query: that is where parsers break. */
const nearQueries = fc
  .tuple(
    fc.constantFrom(
      packet(),
      packet({ name: 'alias.shop.svc.cluster.local', opt: {} }),
      packet({ name: '_http._tcp.web.shop.svc.cluster.local', type: 33, opt: { size: 4096 } }),
      packet({
        name: '1-2-3-4.shop.pod.cluster.local',
        opt: { data: ednsOption(10, Buffer.alloc(8)) },
      }),
      packet({ name: 'cluster.local', type: 255 }),
    ),
    fc.array(fc.tuple(fc.nat(90), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
    fc.nat(120),
  )
  .map(([base, edits, length]) => {
    const bytes = Buffer.from(base);
    for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
    return bytes.subarray(0, Math.max(0, bytes.length - Math.max(0, length - 80)));
  });
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 1300 }).map((bytes) => Buffer.from(bytes)),
  nearQueries,
);

test('Resolver answers any bytes with a well-formed reply or with nothing', () => {
  fc.assert(
    fc.property(anyBytes, fc.constantFrom('udp', 'tcp'), (bytes, transport) => {
      const reply = server.answer(bytes, transport as 'udp' | 'tcp');
      if (reply.length === 0) {
        expect(bytes.length < 12 || (bytes[2]! & 0x80) !== 0).toBe(true);
        return;
      }
      const message = readWire(reply);
      expect(message.id).toBe(bytes.readUInt16BE(0));
      expect(message.flags & 0x8000).toBe(0x8000);
      // No gain for a reflection attack: 40 bytes of question, one RRset or an SOA, an OPT with a
      // reason.
      expect(reply.length).toBeLessThanOrEqual(Math.max(512, 2 * bytes.length));
    }),
    { numRuns: runs(20_000) },
  );
});

describe('the costliest messages', () => {
  const bombs: [string, Buffer][] = [
    [
      'counts of 65,535',
      packet({ counts: [65_535, 65_535, 65_535, 65_535], trailing: Buffer.alloc(60_000) }),
    ],
    ['65,507 pointers', packet({ trailing: Buffer.alloc(65_400, 0xc0) })],
    [
      '65,000 bytes of labels',
      packet({
        question: Buffer.concat(
          Array.from({ length: 1000 }, () => Buffer.concat([Buffer.of(63), Buffer.alloc(63, 65)])),
        ),
        counts: [1, 0, 0, 0],
      }),
    ],
    [
      '4,000 bytes of empty options',
      packet({ opt: { data: Buffer.concat(Array.from({ length: 990 }, () => ednsOption(100))) } }),
    ],
    ['a name of 127 labels', packet({ name: 'a.'.repeat(127), opt: {} })],
    ['a name of 127 capital labels', packet({ name: 'A.'.repeat(120) + 'local', opt: {} })],
    [
      'random bytes',
      Buffer.from(Array.from({ length: 65_000 }, (_, i) => (i * 2_654_435_761) >>> 24)),
    ],
  ];

  test.for(bombs)(
    '%s: each byte that a query may have is read twice at most, and 256 KiB are garbage',
    ([, bytes]) => {
      const counted = countReads(bytes);
      const reply = server.answer(counted.bytes, 'tcp');
      expect(reply).toEqual(server.answer(bytes, 'tcp'));
      expect(counted.read).toBeGreaterThan(0);
      expect(counted.read).toBeLessThan(2 * MAX_QUERY_BYTES);

      for (let i = 0; i < 20; i++) server.answer(bytes, 'tcp');
      // Few enough that no collection falls in between, or it only makes the figure smaller once.
      const before = process.memoryUsage();
      for (let i = 0; i < 20; i++) server.answer(bytes, 'tcp');
      const after = process.memoryUsage();
      const garbage = after.heapUsed + after.external - before.heapUsed - before.external;
      expect(garbage / 20).toBeLessThan(256 * 1024);
    },
  );
});
