import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentRecords } from '../../../src/cli/names/content-records.ts';
import { zoneRecords } from '../../../src/cli/names/zone-records.ts';
import { encodeNamedQuestion, questionEnd } from '../../../src/cli/query/dns-question.ts';
import type { Asker } from '../../../src/cli/verify/asker.ts';
import { readExpected } from '../../../src/cli/verify/expected-file.ts';
import { judge } from '../../../src/cli/verify/judge.ts';
import { verifyReport } from '../../../src/cli/verify/verify-report.ts';
import { recordText } from '../../../src/dns/text.ts';
import { worlds, zoneOptions } from '../../helpers/generate.ts';
import { InProcessServer } from '../../helpers/in-process.ts';
import { runs } from '../../helpers/runs.ts';

test('every record that is written down is answered as it is written', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, zoneOptions, async (world, options) => {
      const server = new InProcessServer(options).load(world.namespaces, world.serverAddresses);
      const lines = server.live.zones.flatMap((zone) =>
        [...contentRecords(zoneRecords(server.live, zone, 0), zone)].map(recordText),
      );
      fc.pre(lines.length > 0);
      const { expectations, problems } = readExpected('e', Buffer.from(lines.join('\n')), 'x');
      expect(problems).toEqual([]);
      const judged = [];
      for (const one of expectations) judged.push(await judge(one, askerOf(server)));
      const count = judged.length === 1 ? '1 question' : `${judged.length} questions`;
      expect(verifyReport('text', judged)).toBe(`${count}: all answered as expected\n`);
    }),
    { numRuns: runs(200) },
  );
});

function askerOf(server: InProcessServer): Asker {
  return {
    ask: async (name, type) => {
      const query = encodeNamedQuestion(name, type, 7);
      const bytes = server.answer(query, 'tcp');
      return { bytes, transport: 'tcp', ms: 0, questionEnd: questionEnd(query) };
    },
    close: async () => {},
  };
}
