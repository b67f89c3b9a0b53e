import { describe, expect, test } from 'vitest';
import { keyFromText } from '../../src/dns/name.ts';
import { addressRecord, serviceRecord } from '../../src/dns/record.ts';
import { prepareAnswer, recordsOf } from '../../src/zone/answer.ts';

const ZONE = keyFromText('cluster.local');
const OWNER = keyFromText('web.shop.svc.cluster.local');

const A = (host: string, last: number) =>
  addressRecord(keyFromText(host), Uint8Array.from([10, 0, 0, last]), 5);
const AAAA = (host: string) => addressRecord(keyFromText(host), new Uint8Array(16).fill(1), 5);

const HOST = 'a.web.shop.svc.cluster.local';
const OTHER = 'b.web.shop.svc.cluster.local';

describe('prepareAnswer()', () => {
  test('may be cut in the additional section between RRsets, never inside one', () => {
    const services = [HOST, OTHER].map((host) =>
      serviceRecord(OWNER, 50, 80, keyFromText(host), 5),
    );
    const additional = [A(HOST, 1), A(HOST, 2), AAAA(HOST), A(OTHER, 3), A(OTHER, 4), A(OTHER, 5)];
    const prepared = prepareAnswer(OWNER, ZONE, services, additional);
    expect(prepared.additionalEnds.map(([, records]) => records)).toEqual([2, 3, 6]);
    const [[end] = [0]] = prepared.additionalEnds;
    expect(prepared.additionalEnds.at(-1)?.[0]).toBe(prepared.bytes.length);

    const cut = {
      ...prepared,
      bytes: prepared.bytes.slice(0, end),
      additionalEnds: prepared.additionalEnds.slice(0, 1),
    };
    const read = recordsOf(OWNER, cut);
    expect([read.answer.length, read.additional]).toEqual([2, [A(HOST, 1), A(HOST, 2)]]);
  });

  test('may be cut between two names that have addresses of one family', () => {
    const services = [HOST, OTHER].map((host) =>
      serviceRecord(OWNER, 50, 80, keyFromText(host), 5),
    );
    const additional = [A(HOST, 1), A(HOST, 2), A(OTHER, 3)];
    const { additionalEnds } = prepareAnswer(OWNER, ZONE, services, additional);
    expect(additionalEnds.map(([, records]) => records)).toEqual([2, 3]);
  });
});
