import { expect, test } from 'vitest';
import { Type } from '../../src/dns/codes.ts';
import { keyFromText } from '../../src/dns/name.ts';
import { Decision, decide } from '../../src/zone/decision.ts';

const KEY = keyFromText('web.shop.svc.cluster.local');
const ALL = [keyFromText('cluster.local')];
const OTHERS = [keyFromText('in-addr.arpa')];
const { A, AXFR, IXFR } = Type;

// What is asked, whether a zone has the name, whether it exists, whether all has been read, and the
// zones that fall through.
test.for([
  ['outside', A, false, false, true, [], Decision.OUTSIDE],
  ['a transfer outside', AXFR, false, false, true, [], Decision.OUTSIDE],
  ['a name that exists', A, true, true, true, ALL, Decision.FOUND],
  ['one of an earlier run', A, true, true, false, ALL, Decision.FOUND],
  ['a transfer', AXFR, true, true, true, [], Decision.TRANSFER],
  ['a transfer, not read yet', IXFR, true, false, false, ALL, Decision.TRANSFER],
  ['a name that is missing', A, true, false, true, OTHERS, Decision.MISSING],
  ['one that others may know', A, true, false, true, ALL, Decision.FALL_THROUGH],
  ['one that is not there yet', A, true, false, false, ALL, Decision.NOT_READY],
] as const)('%s', ([, type, isInside, isFound, isSynced, fallthrough, decision]) => {
  expect(decide(KEY, type, isInside, isFound, isSynced, fallthrough)).toBe(decision);
});
