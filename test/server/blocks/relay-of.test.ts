import { expect, test } from 'vitest';
import { blocksOf } from '../answer/chain-world.ts';

const FORWARD = 'forward . 192.0.2.1\ncache 30';

test.for([
  ['forward with a cache', FORWARD, true],
  [
    'the stock Corefile',
    `errors\nkubernetes cluster.local\nprometheus\n${FORWARD}\nloop\nreload\nloadbalance`,
    true,
  ],
  ['plugins that say which questions they hand on', `log\nlocal\nany\nexplain\n${FORWARD}`, true],
  ['no cache', 'forward . 192.0.2.1', true],
  ['a plugin that changes every reply', `minimal\n${FORWARD}`, false],
  ['weights for addresses', `loadbalance round_robin {\nprefer 10.0.0.0/8\n}\n${FORWARD}`, false],
  ['two lines of forward', `forward example 192.0.2.2\n${FORWARD}`, true],
  ['TCP alone', 'forward . 192.0.2.1 {\nforce_tcp\n}\ncache 30', false],
  ['a next line for some replies', 'forward . 192.0.2.1 {\nnext NXDOMAIN\n}\ncache 30', false],
] as const)('a block with %s', ([, body, isRelaying]) => {
  const { blocks, problems } = blocksOf(`. {\n${body}\n}`);
  expect(problems.filter((one) => one.includes('error'))).toEqual([]);
  expect(blocks[0]?.relay !== undefined).toBe(isRelaying);
});
