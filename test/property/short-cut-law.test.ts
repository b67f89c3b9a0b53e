import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { SocketAddress, Transport } from '../../src/dns/query.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { questionsNear, type Situation, situations } from '../helpers/generate-questions.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { settled } from '../helpers/plugin-harness.ts';
import { encodeQuery, type QueryOptions } from '../helpers/query.ts';
import { readReply } from '../helpers/reply.ts';
import { runs } from '../helpers/runs.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { comparable } from '../model/compare.ts';
import { blocksOf, exchanging } from '../server/answer/chain-world.ts';

/** A question, how it is asked, and by whom. */
interface Asked {
  readonly name: string;
  readonly type: string | number;
  readonly options: QueryOptions;
  readonly transport: Transport;
  readonly peer: SocketAddress;
}

const askedNear = ({ world, options }: Situation) =>
  fc.tuple(questionsNear(world, options), how).map(([question, given]) => ({
    ...question,
    ...given,
  }));

const how: fc.Arbitrary<Omit<Asked, 'name' | 'type'>> = fc.record({
  options: fc.record(
    {
      id: fc.nat(0xffff),
      rd: fc.boolean(),
      ad: fc.boolean(),
      cd: fc.boolean(),
      edns: fc.record({
        size: fc.constantFrom(0, 512, 1232, 65_535),
        do: fc.boolean(),
      }),
    },
    { requiredKeys: [] },
  ),
  transport: fc.constantFrom('udp', 'tcp'),
  peer: fc.record({
    address: fc.constantFrom('10.1.2.3', '10.1.3.3', '192.0.2.7', 'fd00::7', 'fe80::1%eth0'),
    port: fc.constantFrom(53, 40_000),
  }),
});

const folder = new TempFolder();
afterAll(() => folder.dispose());

/** Among the lines, an option of `kubernetes`. */
const FALLTHROUGH = 'fallthrough';

/** What a server block may have above `kubernetes`. */
const LINES = [
  'log',
  'log . "{combined} {local} {rcode}"',
  'log cluster.local {\nclass denial error\n}\nlog',
  'errors',
  'any',
  'local',
  'chaos x',
  'acl svc.cluster.local svc {\nblock type AAAA net 10.0.0.0/8\nallow net 10.1.2.3\n}',
  'acl {\ndrop type TXT net fd00::/8\nfilter net 10.1.2.0/24\nblock net 192.0.2.0/24\n}',
  'rewrite name exact web.svc.cluster.local dns.svc.cluster.local',
  'rewrite continue name prefix web. dns. answer auto',
  'rewrite name suffix .web.svc.cluster.local .dns.svc.cluster.local',
  'rewrite name substring .pod. .svc.',
  'rewrite ttl regex ^_ 7',
  'rewrite stop type SRV A',
  'rewrite class HS CH',
  FALLTHROUGH,
  'k8s_external ext.example svc.cluster.local',
  `autopath ${folder.write('resolv.conf', 'search web.svc.cluster.local svc.cluster.local\n')}`,
] as const;

/** Replies and log lines; with the plugins alone, or with the short cut where it is taken. */
async function answersOf(
  lines: readonly string[],
  { live }: InProcessServer,
  options: ZoneOptions,
  questions: readonly Asked[],
  isShort: boolean,
) {
  const external = {
    zones: ['ext.example', 'svc.cluster.local'],
    apex: 'dns',
    ttl: 5,
    headless: false,
  };
  const zone = { ...options, external };
  const kubernetes = `kubernetes ${zone.zones.join(' ')}`;
  const fallthrough = lines.includes(FALLTHROUGH) ? [''] : undefined;
  const above = lines.filter((line) => line !== FALLTHROUGH);
  const corefile = `. {\n${[...above, kubernetes].join('\n')}\n}\n`;
  const cluster = { live, zone, fallthrough };
  const { blocks, logged, metrics, problems } = blocksOf(corefile, undefined, cluster);
  expect(problems).toEqual([]);
  expect(blocks[0]?.shortCut).toBeDefined();
  const used = isShort ? blocks : blocks.map((block) => ({ ...block, shortCut: undefined }));
  const { give, sent } = exchanging(used);
  const replies: object[] = [];
  let taken = 0;
  for (const { name, type, options, transport, peer } of questions) {
    const query = encodeQuery(name, type, options);
    const atOnce = give(query, peer, transport);
    if (atOnce === undefined) await settled();
    else taken++;
    const reply = atOnce ?? sent.pop() ?? Buffer.alloc(0);
    if (reply.length === 0) {
      replies.push({});
      continue;
    }
    const read = readReply(query, reply, transport);
    replies.push({ opt: read.opt, flags: read.flags, ...comparable(read) });
  }
  const written = logged.map(({ time: _, ...fields }) => fields);
  const text = (await metrics.text()).split('\n').filter((line) => line.includes('requests_total'));
  return { taken, said: { replies, written, text } };
}

describe('the short cut', { timeout: 600_000 }, () => {
  test('says, logs and counts what the plugins would have, record for record', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        situations.chain((situation) =>
          fc.record({
            situation: fc.constant(situation),
            lines: fc.subarray([...LINES], { minLength: 1, maxLength: 4 }),
            questions: fc.array(askedNear(situation), { minLength: 30, maxLength: 60 }),
          }),
        ),
        async ({ situation: { world, options }, lines, questions }) => {
          const server = new InProcessServer(options).load(world.namespaces, world.serverAddresses);
          const short = await answersOf(lines, server, options, questions, true);
          const long = await answersOf(lines, server, options, questions, false);
          expect(long.taken).toBe(0);
          taken += short.taken;
          expect(short.said).toEqual(long.said);
        },
      ),
      { numRuns: runs(200) },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
