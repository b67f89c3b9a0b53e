import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
} from '../../../src/control/state/snapshot.ts';
import { keyFromText, type NameKey } from '../../../src/dns/name.ts';
import type { PackedName } from '../../../src/zone/packed-name.ts';
import { runs } from '../../helpers/runs.ts';
import { FilePlane } from '../file-plane.ts';

const SNAPSHOT: Snapshot = {
  source: 'abc',
  savedAt: 1_700_000_000,
  serial: 1_699_999_999,
  names: new Map([
    [keyFromText('web.shop.svc.cluster.local'), '\0\0\x01\xff\0' as PackedName],
    [`\xf0${keyFromText('web.shop.example.org')}` as NameKey, '' as PackedName],
  ]),
};

/** With a right checksum, as if somebody had written it on purpose. */
const sealed = (...parts: (string | Buffer)[]) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
};
const HEAD = '{"svcdns":"snapshot","version":1,"source":"abc","savedAt":1,"serial":1,"names":1}\n';
const faultOf = async (bytes: Buffer) => {
  const found = await decodeSnapshot(bytes);
  return 'fault' in found ? found.fault : undefined;
};

describe('decodeSnapshot()', () => {
  test('reads what encodeSnapshot() made, extra names included', async () => {
    const found = (await decodeSnapshot(encodeSnapshot(SNAPSHOT))) as Snapshot;
    expect(found).toMatchObject({ source: 'abc', savedAt: 1_700_000_000, serial: 1_699_999_999 });
    expect(found.names.size).toBe(2);
    expect(new Map(found.names)).toEqual(SNAPSHOT.names);
    expect([...found.names]).toHaveLength(2); // more than once
  });

  test('reads any names whole', async () => {
    const byte = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
    });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(byte, byte), async (all) => {
        const names = new Map(Object.entries(all)) as unknown as Map<NameKey, PackedName>;
        const found = (await decodeSnapshot(encodeSnapshot({ ...SNAPSHOT, names }))) as Snapshot;
        expect(new Map(found.names)).toEqual(names);
      }),
      { numRuns: runs(50) },
    );
  });

  test('refuses a file that is cut off anywhere, with a reason', async () => {
    const bytes = encodeSnapshot(SNAPSHOT);
    for (let length = 0; length < bytes.length; length++) {
      expect(await faultOf(bytes.subarray(0, length)), `${length}`).toMatch(/^found /);
    }
  });

  test('refuses a file whichever byte of it is another one', async () => {
    const bytes = encodeSnapshot(SNAPSHOT);
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [0x01, 0x20, 0x80]) {
        const garbled = Buffer.from(bytes);
        garbled[at] = (garbled[at] as number) ^ change;
        expect(await faultOf(garbled), `byte ${at}`).toMatch(/^found /);
      }
    }
  });

  test.for([
    ['an empty file', Buffer.alloc(0), 'found another first line than that of a snapshot'],
    ['no line at all', Buffer.alloc(5000), 'found another first line than that of a snapshot'],
    ['another JSON', sealed('{"a":1}\n'), 'found another first line than that of a snapshot'],
    [
      'a number that is none',
      sealed(HEAD.replace('"names":1', '"names":-1')),
      'found another first line than that of a snapshot',
    ],
    ['another version', sealed(HEAD.replace('1', '2')), 'found version 2, expected 1'],
    [
      'nothing behind its first line',
      Buffer.from(HEAD),
      'found a checksum of something else: it was cut off or changed',
    ],
    ['no name', sealed(HEAD), 'found other names than the 1 of its first line'],
    ['half a length', sealed(HEAD, '\0'), 'found other names than the 1 of its first line'],
    [
      'a length beyond its end',
      sealed(HEAD, '\0\x02ab\0\0\0\x09cd'),
      'found other names than the 1 of its first line',
    ],
    [
      'one name too many',
      sealed(HEAD, '\0\x01a\0\0\0\x01b', '\0\x01c\0\0\0\x01d'),
      'found other names than the 1 of its first line',
    ],
  ] as const)('refuses %s', async ([, bytes, fault]) => {
    expect(await faultOf(bytes)).toBe(fault);
  });

  test('never rejects, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        expect(await faultOf(Buffer.from(bytes))).toMatch(/^found /);
        await decodeSnapshot(sealed(HEAD, Buffer.from(bytes)));
      }),
      { numRuns: runs(100) },
    );
  });
});

test('encodeSnapshot() has another version when packed names look otherwise', () => {
  const serverAddresses = ['192.0.2.53'];
  const plane = new FilePlane({ zone: { zones: ['cluster.local'] }, serverAddresses });
  const manifest = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { type: ExternalName, externalName: db.example.org }
`;
  const names = [...plane.put({ 'x.yaml': manifest })].sort().join('\n');
  // Whoever changes one of these has to change the other: a server must not answer from names it
  // misreads.
  expect({
    version: /"version":(\d+)/.exec(encodeSnapshot(SNAPSHOT).toString('latin1'))?.[1],
    names: createHash('sha256').update(names, 'latin1').digest('hex').slice(0, 16),
  }).toMatchInlineSnapshot(`
    {
      "names": "c4f4516702ec4695",
      "version": "1",
    }
  `);
});
