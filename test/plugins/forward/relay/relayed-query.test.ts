import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readQuery } from '../../../../src/dns/intake.ts';
import { encodeRelayed, sentQueryOf } from '../../../../src/plugins/forward/relay/relayed-query.ts';
import { queryOf } from '../../../../src/plugins/forward/upstream/query.ts';
import { encode } from '../../../../src/plugins/forward/upstream/sent-query.ts';
import { requestOf } from '../../../../src/server/answer/chained-question.ts';
import { arrived } from '../../../helpers/arrived.ts';
import { encodeQuery } from '../../../helpers/query.ts';
import { runs } from '../../../helpers/runs.ts';
import { World } from '../world.ts';

const asked = fc.record({
  name: fc.constantFrom(
    '.',
    'org.',
    'WwW.Example.org.',
    '\\000\\255.@[`{.A-b_1.',
    'x.'.repeat(127),
  ),
  type: fc.constantFrom('A', 'AAAA', 'TXT'),
  options: fc.record(
    {
      rd: fc.boolean(),
      ad: fc.boolean(),
      cd: fc.boolean(),
      edns: fc.record({ size: fc.constantFrom(512, 4096), do: fc.boolean() }),
    },
    { requiredKeys: [] },
  ),
  how: fc.record({ mixCase: fc.boolean(), edns: fc.boolean() }),
});

test('encodeRelayed() writes what encode() writes', () => {
  fc.assert(
    fc.property(asked, ({ name, type, options, how }) => {
      const query = arrived(encodeQuery(name, type, options), { offset: 5 });
      readQuery(query);
      const sent = encode(queryOf(requestOf(query)), new World().random, how);
      const relayed = encodeRelayed(query, new World().random, how);
      expect(sentQueryOf(relayed, query.questionEnd, how)).toEqual(sent);
    }),
    { numRuns: runs(1000) },
  );
});
