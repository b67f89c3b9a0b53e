import { describe, expect, test } from 'vitest';
import { Rcode } from '../../../src/dns/codes.ts';
import { plugin as declared } from '../../../src/plugins/minimal/index.ts';
import type { Reply } from '../../../src/plugins/plugin.ts';
import { silence } from '../../../src/plugins/reply.ts';
import {
  pluginOf,
  question,
  record,
  replyLines,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const A = 'www.example.org. 5 IN A 192.0.2.1';
const NS = record('example.org. 5 IN NS ns.example.org.');
const GLUE = record('ns.example.org. 5 IN A 192.0.2.53');
const SOA = 'example.org. 5 IN SOA ns.example.org. root.example.org. 1 2 3 4 5';

const minimalOf = (reply: Reply) =>
  pluginOf(declared.setup, 'minimal', testContext()).serve(
    question('www.example.org. A'),
    upstream(reply),
  );

describe('minimal', () => {
  test('leaves a positive answer its answer section only', async () => {
    const below = replyWith([A], { authority: [NS], additional: [GLUE] });
    expect(replyLines(await minimalOf(below))).toEqual(['NOERROR', A]);
    expect(below.authority).toEqual([NS]);
  });

  test('takes the additional section of an empty answer that denies nothing', async () => {
    expect(replyLines(await minimalOf(replyWith([], { additional: [GLUE] })))).toEqual(['NOERROR']);
  });

  test.for([
    ['NODATA', replyWith([], { soa: SOA, additional: [GLUE] })],
    ['NXDOMAIN', replyWith([], { soa: SOA, rcode: Rcode.NXDOMAIN })],
    ['NXDOMAIN behind a CNAME', replyWith([A], { soa: SOA, rcode: Rcode.NXDOMAIN })],
    ['a referral', replyWith([], { authority: [NS], additional: [GLUE] })],
    ['a failure', replyWith([], { rcode: Rcode.SERVFAIL, additional: [GLUE] })],
    ['an answer that is small already', replyWith([A])],
    ['silence', silence('acl')],
  ] as const)('returns %s as it is', async ([, reply]) => {
    expect(await minimalOf(reply)).toBe(reply);
  });

  test('setup takes no arguments', () => {
    expect(setUp(declared.setup, 'minimal x').problems).toHaveLength(1);
  });
});
