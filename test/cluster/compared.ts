import type { KnownNames } from '../../src/cli/verify/known-differences.ts';
import type { Reply } from '../helpers/reply.ts';
import { canonicalName } from '../helpers/zone-text.ts';
import { digText, replies, type Transport } from './asker.ts';
import type { FoundDifference } from './differences.ts';
import { type DnsServer, ZONES } from './dns-servers.ts';
import type { Question } from './questions.ts';

/** CoreDNS, and the server that is compared with it. */
export interface Servers {
  readonly coredns: DnsServer;
  readonly svcdns: DnsServer;
}

/** Asks both the same, and returns where they differ. `names` are all that there may be. */
export async function differences(
  servers: Servers,
  questions: readonly Question[],
  transport: Transport,
  names: readonly string[],
): Promise<readonly FoundDifference[]> {
  const pairs = await askedOfBoth(servers, questions, transport);
  const isWhole = ({ coredns, svcdns }: Pair) => !/ tc /.test(`${coredns.flags} ${svcdns.flags} `);
  const whole = pairs.filter(isWhole);
  // Both tell whom a message over UDP does not suffice, each in its own way, to ask over TCP.
  const cut = pairs.filter((pair) => !isWhole(pair)).map(({ question }) => question);
  whole.push(...(await askedOfBoth(servers, cut, 'tcp')));
  const differing = whole.filter(({ coredns, svcdns }) => digText(coredns) !== digText(svcdns));
  if (differing.length === 0) return [];
  const other = await replies(
    servers.coredns.address,
    differing.map(({ question: { name, type }, svcdns: { answer } }) => ({
      name,
      type: answer[0]?.split(' ')[3] ?? type,
    })),
    'tcp',
  );
  const asked = [...names, ...differing.map(({ question }) => question.name)];
  const known = await knownNames(servers.coredns, asked);
  return differing.map((pair, index) => ({
    ...pair,
    other: other[index]?.answer ?? [],
    names: known,
    zones: ZONES,
  }));
}

interface Pair {
  readonly question: Question;
  readonly coredns: Reply;
  readonly svcdns: Reply;
}

async function askedOfBoth(
  { coredns, svcdns }: Servers,
  questions: readonly Question[],
  transport: Transport,
): Promise<Pair[]> {
  const theirs = await replies(coredns.address, questions, transport);
  const ours = await replies(svcdns.address, questions, transport);
  return questions.map((question, index) => ({
    question,
    coredns: theirs[index]!,
    svcdns: ours[index]!,
  }));
}

async function knownNames(coredns: DnsServer, asked: readonly string[]): Promise<KnownNames> {
  const names = [...new Set(asked.map(canonicalName))];
  const existing = new Set<string>();
  const ask = async (type: string, some: readonly string[]) => {
    const questions = some.map((name) => ({ name, type }));
    return replies(coredns.address, questions, 'udp');
  };
  for (const [index, { rcode }] of (await ask('A', names)).entries()) {
    if (rcode === 'NOERROR') existing.add(names[index]!);
  }
  const reverse = names.filter((name) => name.endsWith('.arpa.'));
  for (const [index, { answer }] of (await ask('PTR', reverse)).entries()) {
    const targets = answer.map((record) =>
      canonicalName(record.slice(record.lastIndexOf(' ') + 1)),
    );
    if (targets.some((target) => existing.has(target))) existing.add(reverse[index]!);
  }
  // A lone `_` stands for any port or protocol in CoreDNS, and for nothing here.
  const named = [...existing].filter((name) => !name.split('.').includes('_'));
  const above = named.flatMap((name) => {
    const labels = name.split('.');
    return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
  });
  return { existing, above: new Set(above) };
}
