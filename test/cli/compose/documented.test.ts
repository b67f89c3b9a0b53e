import { describe, expect, test } from 'vitest';
import { composeCommand } from '../../../src/cli/commands/compose.ts';
import { NetworkSet } from '../../../src/dns/network.ts';
import { blocksOf, examplesOf } from '../../readme-blocks.ts';
import { folderWith } from '../folder.ts';
import { TestIo } from '../test-io.ts';

// The session of docs/compose.md, in a folder named shop with its compose file, on a machine
// without other networks.

describe('docs/compose.md', () => {
  const [file, ...others] = blocksOf('docs/compose.md').filter(
    ({ info }) => info === 'yaml compose',
  );
  const folder = () => `${folderWith({ 'shop/compose.yaml': file?.text ?? '' })}/shop`;

  test('its session goes as it says', async () => {
    const cwd = folder();
    const command = composeCommand({
      networks: () => new NetworkSet([]),
      askYes: async () => undefined,
    });
    const came: string[] = [];
    for (const { command: line } of examplesOf('docs/compose.md')) {
      const io = new TestIo({ cwd });
      await command.run(line.split(' ').slice(2), io);
      came.push(io.out + io.err);
    }
    expect(came).toEqual(examplesOf('docs/compose.md').map(({ output }) => output));
  });

  test('has one compose file', () => expect(others).toEqual([]));
});
