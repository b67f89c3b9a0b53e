import { expect, test } from 'vitest';
import { NewSpace } from '../../src/support/new-space.ts';

/** A new space of so many MiB, and what was said of its growth. */
function newSpace() {
  const state = { megabytes: 1, said: [] as boolean[] };
  const space = new NewSpace({
    bytes: () => state.megabytes * 1024 * 1024,
    letGrow: (may) => void state.said.push(may),
  });
  return { space, state };
}

test('NewSpace lets new objects have 4 MiB, and no more, while many questions are under way', () => {
  const { space, state } = newSpace();
  space.look(200, 0);
  state.megabytes = 2;
  space.look(200, 100);
  state.megabytes = 4;
  space.look(200, 200);
  space.look(200, 300);
  expect(state.said).toEqual([true, true, false]);
});

test('NewSpace says nothing while there are few questions', () => {
  const { space, state } = newSpace();
  for (let now = 0; now < 1000; now += 10) space.look(49, now);
  expect(state.said).toEqual([]);
});

test('NewSpace takes it back when there are few again, and what was given back is given again', () => {
  const { space, state } = newSpace();
  space.look(50, 0);
  space.look(49, 100);
  space.look(49, 200);
  space.look(50, 300);
  expect(state.said).toEqual([true, false, true]);
});

test('NewSpace looks ten times a second at most', () => {
  const { space, state } = newSpace();
  for (let now = 0; now < 1000; now++) space.look(200, now);
  expect(state.said).toHaveLength(10);
});
