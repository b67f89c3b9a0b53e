import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplesOf } from '../readme-blocks.ts';
import { output, Running } from './command.ts';
import { NetworkNamespace } from './namespace.ts';
import { svcdns, whenReady } from './server.ts';
import { requireTools } from './tools.ts';

// The README's dig lines as they stand: real dig, port 1053, the output to the letter.

let host: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'dig');
  host = await NetworkNamespace.create();
  server = new Running(host.command(svcdns('--forward', 'off')));
  await whenReady(server);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
});

describe('README.md', () => {
  const lines = examplesOf('README.md').filter(({ command }) => command.startsWith('dig '));

  test.each(lines)('line $line: $command', async ({ command, output: shown }) => {
    expect(lines.length).toBeGreaterThan(0);
    expect(await output(host.command(['sh', '-c', command]))).toBe(shown);
  });
});
