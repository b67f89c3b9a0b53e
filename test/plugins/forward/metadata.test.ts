import { expect, test } from 'vitest';
import { keyFromText } from '../../../src/dns/name.ts';
import { Metadata } from '../../../src/plugins/metadata/index.ts';
import { fromNext, healthy, World } from './world.ts';

const metadata = new Metadata([keyFromText('')], []);

test('Forward tells in the metadata of each question which upstream answered', async () => {
  const world = new World();
  world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.7'));
  const plugin = await world.forward('forward . 10.0.0.1');
  const both = [1, 2].map(() => metadata.collect(world.request('www.example.org')));
  // The second one joins the first, and is answered with it.
  const replies = both.map((asked) => plugin.serve(asked, fromNext));
  await world.advance(1000, 1);
  await Promise.all(replies);
  expect(both.map((asked) => asked.metadata?.value('forward/upstream'))).toEqual([
    '10.0.0.1:53',
    '10.0.0.1:53',
  ]);
});
