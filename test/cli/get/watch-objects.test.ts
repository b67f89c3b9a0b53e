import { expect, test } from 'vitest';
import { watchObjects } from '../../../src/cli/get/watch-objects.ts';
import type { TableRow } from '../../../src/control/listing/pages.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const listing = { resource: 'pods', namespace: 'shop', isWide: false } as const;
const columns = ['NAME', 'STATUS'];

const pod = (name: string, uid?: string, status = 'Running'): TableRow => ({
  namespace: 'shop',
  cells: [name, status],
  ...(uid === undefined ? {} : { uid }),
});

/** What is printed when the first rows have become the second ones. */
async function events(before: readonly TableRow[], after: readonly TableRow[]): Promise<string[]> {
  const clock = new FakeClock();
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const lines: string[] = [];
  const source = {
    revision: async () => '2',
    list: async () => ({ columns, rows: after, revision: '2' }),
  };
  const ended = watchObjects(source, {
    listing,
    first: { columns, rows: before, revision: '1' },
    clock,
    stopped,
    onEvents: (all) =>
      lines.push(...all.map(({ event, row }) => `${event} ${row.cells.join(' ')}`)),
  });
  clock.advance(500);
  await expect.poll(() => clock.timers).toBe(1); // it has looked, and waits again
  stop();
  await ended;
  return lines;
}

test.for([
  ['nothing', [pod('db-0', '10.0.0.1')], [pod('db-0', '10.0.0.1')], []],
  ['another Pod', [], [pod('db-0', '10.0.0.1')], ['ADDED db-0 Running']],
  [
    'a Pod of another name',
    [pod('web-a', '10.0.0.1')],
    [pod('web-b', '10.0.0.2')],
    ['DELETED web-a Terminating', 'ADDED web-b Running'],
  ],
  [
    'another Pod of the same name, as after a rollout of a StatefulSet',
    [pod('db-0', '10.0.0.1'), pod('db-1', '10.0.0.2')],
    [pod('db-0', '10.0.0.3'), pod('db-1', '10.0.0.4')],
    [
      'DELETED db-0 Terminating',
      'DELETED db-1 Terminating',
      'ADDED db-0 Running',
      'ADDED db-1 Running',
    ],
  ],
  [
    'a Pod that gets its first address',
    [pod('db-0', undefined, 'Pending')],
    [pod('db-0', '10.0.0.1')],
    ['MODIFIED db-0 Running'],
  ],
] as const)('watchObjects, %s', async ([, before, after, lines]) => {
  expect(await events(before, after)).toEqual(lines);
});
