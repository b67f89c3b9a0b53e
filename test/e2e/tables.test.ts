import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../../src/index.ts';
import { SERVER_ADDRESSES, TABLES, type Table } from '../compliance/matrix.ts';
import { ask } from '../helpers/ask.ts';
import type { Ask } from '../helpers/asks.ts';
import { TRIES_ALL } from '../helpers/runs.ts';
import { comparable, expectedFor } from '../model/compare.ts';

/**
 * The compliance tables asked of the real thing: a Corefile, manifests on disk, the control thread
 * and sockets. Rows about the server's own addresses are left to the in-process run, which can
 * pretend to have them. A fifth of the tables, each row over one transport; in the soak tests all
 * of them over both.
 */
describe.for(TABLES.filter((_, at) => TRIES_ALL || at % 5 === 0))('$title', (table) => {
  const folder = mkdtempSync(join(tmpdir(), 'svcdns-e2e-'));
  let server: Server;

  beforeAll(async () => {
    writeFileSync(join(folder, 'objects.yaml'), table.manifests);
    writeFileSync(join(folder, 'Corefile'), corefile(table));
    server = await startServer({ config: join(folder, 'Corefile') });
  });

  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  test('loads without a problem', () => {
    const errors = server.summary.problems.filter((problem) => problem.severity === 'error');
    expect(errors).toEqual([]);
  });

  test('every row is answered as written, over UDP or TCP in turn', async () => {
    const rows = table.asks.filter((row) => !isAboutServer(row));
    for (const [at, row] of rows.entries()) {
      const turn = at % 2 === 0 ? 'udp' : 'tcp';
      for (const transport of TRIES_ALL ? (['udp', 'tcp'] as const) : ([turn] as const)) {
        const options = { transport, edns: {} };
        const reply = await ask(server.address, row.name, row.type, options);
        expect({ ask: row.name, type: row.type, ...comparable(reply) }).toEqual({
          ask: row.name,
          type: row.type,
          ...expectedFor(reply, row),
        });
      }
    }
  });
});

function corefile({ zones, block }: Table): string {
  const lines = ['manifests objects.yaml', ...block].map((line) => `    ${line}`);
  return `.:0 {
  bind 127.0.0.1
  kubernetes ${zones.join(' ')} {
${lines.join('\n')}
  }
}
`;
}

/** The table's server has other addresses than ours: names of it, and NS records that name it. */
function isAboutServer(row: Ask): boolean {
  const replies = [row, ...(row.alternatives ?? [])];
  const records = replies.flatMap(({ answer, additional }) => [...answer, ...additional]);
  const isNamed = /^(\d+\.)?ns\.dns\./i.test(row.name);
  const isServerList = records.some((record) => record.includes(' NS '));
  return (
    isNamed ||
    isServerList ||
    SERVER_ADDRESSES.some((address) => records.join(' ').includes(address))
  );
}
