import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFromText, keyOf, textOf } from '../../src/dns/name.ts';
import { hostsIn, prepareHosts } from '../../src/zone/answer.ts';
import { packName, unpackName } from '../../src/zone/packed-name.ts';
import { answersOf } from '../../src/zone/records.ts';

const OWNER = keyFromText('web.shop.svc.cluster.local');
const ZONE = keyFromText('cluster.local');

const label = fc
  .uint8Array({ minLength: 1, maxLength: 63 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const host = fc.array(label, { minLength: 1, maxLength: 3 }).map(keyOf);

test('hostsIn() gives back what prepareHosts() was given, whatever bytes the names have', () => {
  fc.assert(
    fc.property(fc.array(host, { maxLength: 16 }), (hosts) => {
      expect(hostsIn(prepareHosts(hosts))).toEqual(hosts);
    }),
  );
});

test('unpackName() keeps host names apart from the answers', () => {
  const entry = {
    port: 80,
    portName: 'http',
    protocol: 'tcp',
    target: keyFromText('web.shop.svc'),
  };
  const entries = [
    { ...entry, address: Uint8Array.of(10, 0, 0, 1) },
    { ...entry, address: undefined, host: keyFromText('web-1') },
    { ...entry, address: undefined, host: keyFromText('web-2') },
  ];
  const packed = packName(1, answersOf(OWNER, ZONE, entries, 5));
  const name = unpackName(OWNER, packed);
  expect([name.zone, name.hosts?.map(textOf)]).toEqual([1, ['web-1.', 'web-2.']]);
  expect(name.answers.map(({ type, answers }) => [type, answers])).toEqual([
    [1, 1],
    [33, 1],
  ]);
});
