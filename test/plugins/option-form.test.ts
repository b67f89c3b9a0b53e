import { expect, test } from 'vitest';
import { wordCount } from '../../src/plugins/option-form.ts';

const MANY = Number.POSITIVE_INFINITY;

test.for([
  ['', 0, 0],
  ['DURATION', 1, 1],
  ['success|denial', 1, 1],
  ['CAPACITY [TTL] [MINTTL]', 1, 3],
  ['[CERT KEY] [CA]', 0, 3],
  ['DURATION [no_rec] [domain NAME]', 1, 4],
  ['[ZONES...]', 0, MANY],
  ['NAME...', 1, MANY],
  ['ACTION FLAGS...', 2, MANY],
  ['SECONDS [...]', 1, MANY],
  ['on | off FOR SECONDS', 1, 3],
  ['[DURATION] [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]', 0, 5],
] as const)('wordCount() of %j is %i to %i', ([form, least, most]) => {
  expect(wordCount(form)).toEqual({ least, most });
});
