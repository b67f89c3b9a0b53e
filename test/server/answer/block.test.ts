import { describe, expect, test } from 'vitest';
import { BlockTable } from '../../../src/server/answer/block.ts';
import { question } from '../../helpers/plugin-harness.ts';
import { blockWith } from './chain-world.ts';

const from = (address: string) => ({
  accepts: (request: ReturnType<typeof question>) => request.client.address === address,
});

/** The view of the block that takes a question, or its zones when it has no view. */
function taker(table: BlockTable, name: string, address = '10.1.2.3'): string | undefined {
  const request = question(`${name} A`, { client: { address, port: 1 } });
  const block = table.find(request.key, () => request);
  return block && (block.view || block.zoneNames.join(' ') || '.');
}

describe('BlockTable.find()', () => {
  const table = new BlockTable([
    blockWith(['']),
    blockWith(['org']),
    blockWith(['example.org', 'example.net']),
    blockWith(['a.example.org']),
  ]);

  test.for([
    ['www.example.com.', '.'],
    ['.', '.'],
    ['org.', 'org'],
    ['www.org.', 'org'],
    ['example.org.', 'example.org example.net'],
    ['WWW.example.ORG.', 'example.org example.net'],
    ['www.example.net.', 'example.org example.net'],
    ['x.a.example.org.', 'a.example.org'],
    ['aa.example.org.', 'example.org example.net'],
    ['anotherexample.org.', 'org'], // whole labels count, not letters
    ['example.org.com.', '.'],
  ] as const)('%s is for %s', ([name, zones]) => {
    expect(taker(table, name)).toBe(zones);
  });

  test('finds nothing outside all zones', () => {
    expect(taker(new BlockTable([blockWith(['example.org'])]), 'example.com.')).toBeUndefined();
    expect(taker(new BlockTable([]), 'example.com.')).toBeUndefined();
  });

  test('of the same zone takes the first whose view accepts, and then one of a shorter zone', () => {
    const views = new BlockTable([
      blockWith(['']),
      blockWith(['org'], { view: 'one', ...from('10.0.0.1') }),
      blockWith(['org'], { view: 'again', ...from('10.0.0.1') }),
      blockWith(['org'], { view: 'two', ...from('10.0.0.2') }),
    ]);
    expect(taker(views, 'www.org.', '10.0.0.1')).toBe('one');
    expect(taker(views, 'www.org.', '10.0.0.2')).toBe('two');
    expect(taker(views, 'www.org.', '10.0.0.3')).toBe('.');
  });

  test('makes no request unless a view has to see it', () => {
    let made = 0;
    const request = question('www.org. A');
    const make = () => {
      made++;
      return request;
    };
    table.find(request.key, make);
    expect(made).toBe(0);
    new BlockTable([blockWith(['org'], from('10.0.0.1'))]).find(request.key, make);
    expect(made).toBe(1);
  });
});

describe('BlockTable.single', () => {
  const root = blockWith(['']);

  test('is the only block, when it takes every name', () => {
    expect(new BlockTable([root]).single).toBe(root);
  });

  test.for([
    ['there is another', [root, blockWith(['org'])]],
    ['it has a view', [blockWith([''], from('10.0.0.1'))]],
    ['it has only a part of the names', [blockWith(['org'])]],
    ['there is none', []],
  ] as const)('is nothing when %s', ([, blocks]) => {
    expect(new BlockTable(blocks).single).toBeUndefined();
  });
});
