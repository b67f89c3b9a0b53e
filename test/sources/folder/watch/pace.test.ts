import { expect, test } from 'vitest';
import { Pace } from '../../../../src/sources/folder/watch/pace.ts';

/** When looks were, what each took, how many files it found, and whether these were heard of. */
type Looks = readonly (readonly [at: number, took: number, found: number, isHeard: boolean])[];

test.for<readonly [what: string, looks: Looks, isSteady: boolean, waitMs: number]>([
  ['what there is at the start', [[0, 200, 1000, false]], false, 150],
  [
    'one change',
    [
      [0, 1, 9, false],
      [9000, 1, 1, false],
    ],
    false,
    150,
  ],
  [
    'two soon after each other',
    [
      [0, 1, 9, false],
      [400, 1, 1, false],
    ],
    true,
    60,
  ],
  [
    'two with a pause',
    [
      [0, 1, 9, false],
      [600, 1, 1, false],
    ],
    false,
    150,
  ],
  [
    'many files at once',
    [
      [0, 1, 9, false],
      [9000, 80, 50, false],
    ],
    true,
    80,
  ],
  [
    'looks that take long',
    [
      [0, 1, 9, false],
      [400, 700, 1, false],
    ],
    true,
    150,
  ],
  [
    'files that are heard of',
    [
      [0, 1, 9, false],
      [400, 9, 1, true],
    ],
    true,
    30,
  ],
  [
    'many of them',
    [
      [0, 1, 9, false],
      [400, 40, 80, true],
    ],
    true,
    20,
  ],
  [
    'very many of them',
    [
      [0, 1, 9, false],
      [400, 300, 800, true],
    ],
    true,
    10,
  ],
  [
    'a short pause of those',
    [
      [0, 1, 9, false],
      [400, 9, 1, true],
      [800, 0, 0, true],
    ],
    true,
    30,
  ],
  [
    'a long pause',
    [
      [0, 1, 9, false],
      [400, 9, 1, true],
      [900, 0, 0, true],
    ],
    false,
    150,
  ],
  [
    'a short pause of others',
    [
      [0, 1, 9, false],
      [400, 9, 1, false],
      [800, 9, 0, false],
    ],
    false,
    150,
  ],
])('Pace after %s', ([, looks, isSteady, waitMs]) => {
  const pace = new Pace();
  for (const look of looks) pace.looked(...look);
  expect([pace.isSteady, pace.timing.maxWaitMs]).toEqual([isSteady, waitMs]);
});

test.for<readonly [tookMs: number, waitMs: number]>([
  [0, 30],
  [45, 15],
  [600, 10],
])('Pace where files are heard of only after a look of %i ms waits for %i', ([took, waitMs]) => {
  const pace = new Pace();
  pace.looked(0, 1, 9, false);
  pace.looked(9000, took, 50, false);
  pace.listens(took);
  expect([pace.isSteady, pace.timing.maxWaitMs]).toEqual([true, waitMs]);
});
