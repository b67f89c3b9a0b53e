import { describe, expect, test } from 'vitest';
import { SERVER_ADDRESSES, TABLES } from '../compliance/matrix.ts';
import type { Ask } from '../helpers/asks.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import { comparable } from './compare.ts';
import { type ModelAnswer, model, modelAnswer } from './model.ts';

/** Judges the judge: the model against the tables that people can read. */
describe.for(TABLES)(
  'modelAnswer() obeys the table "$title"',
  ({ zones, block, manifests, asks }) => {
    const answer = model(manifestWorld(manifests, SERVER_ADDRESSES), blockOptions(zones, block));

    test.for(asks)('$name $type', (ask: Ask) => {
      expect(choices(answer(ask))).toEqual(choices(ask));
    });
  },
);

test('modelAnswer() is model() for one question', () => {
  const world = manifestWorld('', ['192.0.2.53']);
  const question = { name: 'NS.dns.cluster.local.', type: 1 };
  expect(modelAnswer(world, question, blockOptions(['cluster.local'], []))).toEqual({
    rcode: 'NOERROR',
    answer: ['ns.dns.cluster.local. 5 IN A 192.0.2.53'],
    authority: [],
    additional: [],
  });
});

/** Every reply that is right, in one order. */
function choices({ alternatives = [], ...first }: ModelAnswer): string[] {
  const texts = [first, ...alternatives].map((reply) => JSON.stringify(comparable(reply), null, 1));
  return [...new Set(texts)].sort();
}
