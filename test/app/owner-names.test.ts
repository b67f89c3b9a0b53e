import { expect, test } from 'vitest';
import { OwnerNames } from '../../src/app/owner-names.ts';
import type { BrowseQuestion } from '../../src/control/listing/browse.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

/** A control thread that says of each address that this Pod has it, or nothing yet. */
function thread(pod: string) {
  const asked: (readonly string[])[] = [];
  const set = {
    revision: 1,
    isBusy: false,
    pod,
    browse: (question: BrowseQuestion) => {
      const addresses = question.kind === 'owners' ? question.addresses : [];
      asked.push(addresses);
      if (set.isBusy) return new Promise<undefined>(() => {});
      return Promise.resolve(JSON.stringify(addresses.map((address) => [address, set.pod])));
    },
  };
  return { set, asked };
}

test('OwnerNames asks once for each address, until objects change', async () => {
  const { set, asked } = thread('Pod shop/web-1');
  const owners = new OwnerNames(new FakeClock(), () => [set]);
  expect([...(await owners.of(['10.0.0.1']))]).toEqual([['10.0.0.1', 'Pod shop/web-1']]);
  await owners.of(['10.0.0.1', '10.0.0.2']);
  await owners.of(['10.0.0.2']);
  expect(asked).toEqual([['10.0.0.1'], ['10.0.0.2']]);
  set.revision++;
  set.pod = 'Pod shop/web-2';
  expect([...(await owners.of(['10.0.0.1']))]).toEqual([['10.0.0.1', 'Pod shop/web-2']]);
});

test('OwnerNames says what it knew when a thread does not answer soon', async () => {
  const { set } = thread('Pod shop/web-1');
  const clock = new FakeClock();
  const owners = new OwnerNames(clock, () => [set]);
  await owners.of(['10.0.0.1']);
  set.revision++;
  set.isBusy = true;
  const late = owners.of(['10.0.0.1', '10.0.0.2']);
  clock.advance(200);
  expect([...(await late)]).toEqual([['10.0.0.1', 'Pod shop/web-1']]);
  expect(clock.timers).toBe(0);
});

test('OwnerNames asks others for what no object has, and anew after half a minute', async () => {
  const clock = new FakeClock();
  const set = { revision: 1, browse: async () => JSON.stringify([['10.0.0.1', 'Pod shop/web-1']]) };
  const asked: string[] = [];
  const owners = new OwnerNames(
    clock,
    () => [set],
    async (addresses) => {
      asked.push(...addresses);
      return new Map([['10.0.0.2', 'Service shop/web']]);
    },
  );
  const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
  expect([...(await owners.of(addresses))]).toEqual([
    ['10.0.0.1', 'Pod shop/web-1'],
    ['10.0.0.2', 'Service shop/web'],
  ]);
  await owners.of(addresses);
  expect(asked).toEqual(['10.0.0.2', '10.0.0.3']);
  clock.advance(30_001);
  await owners.of(['10.0.0.2']);
  expect(asked.length).toBe(3);
});
