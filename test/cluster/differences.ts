import type { Reply } from '../helpers/reply.ts';
import { canonicalName } from '../helpers/zone-text.ts';
import { digText } from './asker.ts';
import { ZONES } from './dns-servers.ts';
import type { Question } from './questions.ts';

/** A question that the two servers answer otherwise, and what is needed to judge it. */
export interface Difference {
  readonly question: Question;
  readonly coredns: Reply;
  readonly svcdns: Reply;
  /** CoreDNS's answer to the type that svcdns's answer begins with; empty when that has none. */
  readonly other: readonly string[];
  readonly names: KnownNames;
}

/** What CoreDNS has, in lower case. */
export interface KnownNames {
  /** Names with records of any type. A PTR record counts when the name that it gives does. */
  readonly existing: ReadonlySet<string>;
  /** Names above them. */
  readonly above: ReadonlySet<string>;
}

/** A row of docs/compatibility.md, by its first cell, and whether a difference is that one. */
export interface Row {
  readonly row: string;
  readonly is: (difference: Difference) => boolean;
}

type Outcome = 'DATA' | 'NODATA' | (string & {});

/** From CoreDNS's outcome to that of svcdns. */
function turns({ coredns, svcdns }: Difference, from: Outcome, to: Outcome): boolean {
  return outcome(coredns) === from && outcome(svcdns) === to;
}

function outcome({ rcode, answer }: Reply): Outcome {
  if (rcode !== 'NOERROR') return rcode;
  return answer.length > 0 ? 'DATA' : 'NODATA';
}

/** The labels left of the zone, in lower case, and the zone. */
function split(name: string): readonly [string, string] {
  const folded = canonicalName(name);
  const zone = [...ZONES, ...REVERSE].find((zone) => `.${folded}`.endsWith(`.${zone}`)) ?? '.';
  return [folded.slice(0, folded.length - zone.length).replace(/\.$/, ''), zone];
}

const REVERSE: readonly string[] = ['in-addr.arpa.', 'ip6.arpa.'];

/** `Z` and the labels left of it match. */
const at = ({ question }: Difference, labels: RegExp) => labels.test(split(question.name)[0]);

const isReverse = ({ question }: Difference) => REVERSE.includes(split(question.name)[1]);

const isExisting = ({ question, names }: Difference) =>
  names.existing.has(canonicalName(question.name));

const isAbove = ({ question, names }: Difference) => names.above.has(canonicalName(question.name));

/** svcdns's answer begins with CoreDNS's CNAME of that name. */
const startsWithAlias = ({ svcdns, other }: Difference) =>
  svcdns.answer[0]?.includes(' IN CNAME ') === true && other[0] === svcdns.answer[0];

export const ROWS: readonly Row[] = [
  {
    row: 'TXT at `Z`, `svc.Z`, `pod.Z`, `NS.svc.Z`, `NS.pod.Z`, `ns.dns.Z`; PTR at `ns.dns.Z`',
    is: (one) =>
      turns(one, 'NXDOMAIN', 'NODATA') &&
      (one.question.type === 'TXT'
        ? at(one, /^(?:|ns\.dns|(?:[^.]+\.)?(?:svc|pod))$/)
        : one.question.type === 'PTR' && at(one, /^ns\.dns$/)),
  },
  {
    row: 'any type but TXT at `dns-version.Z`',
    is: (one) => turns(one, 'NXDOMAIN', 'NODATA') && at(one, /^dns-version$/) && !isReverse(one),
  },
  {
    row: 'any type but PTR at a reverse name that has one',
    is: (one) => turns(one, 'NXDOMAIN', 'NODATA') && isReverse(one) && isExisting(one),
  },
  {
    row: '`dns.Z`, `_tcp.web.NS.svc.Z` and `tcp.web.NS.svc.Z` when a `_x._tcp` is there, reverse names above one with a PTR',
    is: (one) =>
      turns(one, 'NXDOMAIN', 'NODATA') && !isExisting(one) && (isAbove(one) || at(one, /^dns$/)),
  },
  {
    row: 'SOA at a name that does not exist',
    is: (one) =>
      turns(one, 'NODATA', 'NXDOMAIN') &&
      one.question.type === 'SOA' &&
      !isExisting(one) &&
      !isAbove(one),
  },
  {
    row: 'labels left of a pod name, `x.1-2-3-4.NS.pod.Z`',
    is: (one) =>
      outcome(one.svcdns) === 'NXDOMAIN' && at(one, /^.+\.[\da-f]*-[\da-f-]*\.[^.]+\.pod$/),
  },
  {
    row: 'a lone `_` as port or protocol, `_._tcp.web.NS.svc.Z`',
    is: (one) =>
      outcome(one.svcdns) === 'NXDOMAIN' && at(one, /^(?:_\.[^.]+|[^.]+\._)\.[^.]+\.[^.]+\.svc$/),
  },
  {
    row: '`dns-version` (TXT), `svc` and `pod` in a reverse zone, as `svc.in-addr.arpa`',
    is: (one) =>
      outcome(one.svcdns) === 'NXDOMAIN' && isReverse(one) && at(one, /^(?:dns-version|svc|pod)$/),
  },
  {
    row: 'labels left of the 32 nibbles of an `ip6.arpa` name',
    is: (one) => outcome(one.svcdns) === 'NXDOMAIN' && at(one, /^.+(?:\.[\da-f]){32}$/),
  },
  {
    row: '`ns.dns.Z` with the domain once more, `ns.dns.cluster.local.svc.cluster.local`',
    is: (one) =>
      turns(one, 'NODATA', 'NXDOMAIN') &&
      canonicalName(one.question.name).startsWith(`ns.dns.${split(one.question.name)[1]}`),
  },
  {
    row: 'any type but CNAME, A, AAAA at an ExternalName (SRV, TXT, MX, HTTPS …)',
    is: (one) =>
      outcome(one.coredns) === 'NODATA' &&
      !['CNAME', 'A', 'AAAA'].includes(one.question.type) &&
      startsWithAlias(one),
  },
  {
    row: 'ExternalName to a name of the zone that has no records of the type, or does not exist',
    is: (one) =>
      outcome(one.coredns) === 'NODATA' &&
      ['A', 'AAAA'].includes(one.question.type) &&
      startsWithAlias(one),
  },
  {
    row: 'ExternalName that leads to itself, or in a circle',
    is: (one) => outcome(one.svcdns) === 'SERVFAIL' && one.svcdns.answer.length === 0,
  },
  {
    row: 'ExternalName outside the zones',
    is: ({ coredns, svcdns }) =>
      coredns.answer.length > 1 &&
      svcdns.answer.length === 1 &&
      svcdns.answer[0]?.includes(' IN CNAME ') === true &&
      coredns.answer[0] === svcdns.answer[0],
  },
  {
    row: 'ANY',
    is: (one) => {
      const { question, coredns, svcdns, other } = one;
      return (
        question.type === 'ANY' &&
        coredns.answer.length === 0 &&
        svcdns.answer.length > 0 &&
        svcdns.answer.every((record) => other.includes(record))
      );
    },
  },
  {
    row: 'NS with `bind`, and `ns.dns.Z`',
    is: (one) =>
      one.coredns.answer.length === 0 &&
      one.svcdns.rcode === 'NOERROR' &&
      (at(one, /^ns\.dns$/) || (['NS', 'ANY'].includes(one.question.type) && at(one, /^$/))),
  },
  {
    row: 'PTR of an endpoint in a slice whose Service is missing',
    is: ({ question, coredns, svcdns, names }) => {
      const isKept = (record: string) =>
        names.existing.has(canonicalName(record.slice(record.lastIndexOf(' ') + 1)));
      const kept = coredns.answer.filter(isKept).sort().join();
      return (
        question.type === 'PTR' &&
        coredns.answer.length > 0 &&
        kept === [...svcdns.answer].sort().join()
      );
    },
  },
  {
    row: 'DS at the apex',
    is: ({ question, svcdns }) =>
      question.type === 'DS' && split(question.name)[0] === '' && outcome(svcdns) === 'NODATA',
  },
];

/** Rows about messages that are too large: whoever asks again over TCP sees no difference. */
export const TRUNCATION_ROWS = ['truncation', 'TC when only additional records were left out'];

/** The differences that are in no row: the question, and what each server says. */
export function unexplained(found: readonly Difference[]): string[] {
  return found
    .filter((one) => !ROWS.some(({ is }) => is(one)))
    .map(({ question: { name, type }, coredns, svcdns }) => {
      const replies = `CoreDNS:\n${digText(coredns)}\nsvcdns:\n${digText(svcdns)}`;
      return `dig ${name} ${type}\n${replies}\n`;
    });
}
