import { recordName } from '../../dns/name.ts';

/** What is asked for: a name in presentation form with its final dot, and `A`, `SRV` … */
export interface Question {
  readonly name: string;
  readonly type: string;
}

/** The parts of a reply that tell known differences. */
export interface ReplyParts {
  /** `NOERROR` … */
  readonly rcode: string;
  /** As lines of a zone file. */
  readonly answer: readonly string[];
}

/** A question that the two servers answer otherwise, and what is needed to judge it. */
export interface Difference {
  readonly question: Question;
  readonly coredns: ReplyParts;
  readonly svcdns: ReplyParts;
  /** CoreDNS's answer to the type that svcdns's answer begins with; empty when that has none. */
  readonly other: readonly string[];
  readonly names: KnownNames;
  /** The forward zones, with their final dots. */
  readonly zones: readonly string[];
}

/** What CoreDNS has, in lower case. */
export interface KnownNames {
  /** Names with records of any type. A PTR record counts when the name that it gives does. */
  readonly existing: Pick<ReadonlySet<string>, 'has'>;
  /** Names above them. */
  readonly above: Pick<ReadonlySet<string>, 'has'>;
}

/** A row of docs/compatibility.md, by its first cell, and whether a difference is that one. */
interface Row {
  readonly row: string;
  readonly is: (difference: Difference) => boolean;
}

/** The row that a difference is in; undefined for one that is in none. */
export function knownRow(difference: Difference): string | undefined {
  return ROWS.find(({ is }) => is(difference))?.row;
}

type Outcome = 'DATA' | 'NODATA' | (string & {});

/** From CoreDNS's outcome to that of svcdns. */
function turns({ coredns, svcdns }: Difference, from: Outcome, to: Outcome): boolean {
  return outcome(coredns) === from && outcome(svcdns) === to;
}

function outcome({ rcode, answer }: ReplyParts): Outcome {
  if (rcode !== 'NOERROR') return rcode;
  return answer.length > 0 ? 'DATA' : 'NODATA';
}

/** The labels left of the zone, in lower case, and the zone. */
function split({ question: { name }, zones }: Difference): readonly [string, string] {
  const folded = recordName(name);
  const zone = [...zones, ...REVERSE].find((zone) => `.${folded}`.endsWith(`.${zone}`)) ?? '.';
  return [folded.slice(0, folded.length - zone.length).replace(/\.$/, ''), zone];
}

const REVERSE: readonly string[] = ['in-addr.arpa.', 'ip6.arpa.'];

/** `Z` and the labels left of it match. */
const at = (one: Difference, labels: RegExp) => labels.test(split(one)[0]);

const isReverse = (one: Difference) => REVERSE.includes(split(one)[1]);

const isExisting = ({ question, names }: Difference) =>
  names.existing.has(recordName(question.name));

const isAbove = ({ question, names }: Difference) => names.above.has(recordName(question.name));

/** svcdns's answer begins with CoreDNS's CNAME of that name. */
const startsWithAlias = ({ svcdns, other }: Difference) =>
  svcdns.answer[0]?.includes(' IN CNAME ') === true && other[0] === svcdns.answer[0];

/** Differences that have their reasons there, in the order in which they are looked for. */
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
      recordName(one.question.name).startsWith(`ns.dns.${split(one)[1]}`),
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
    row: 'ExternalName outside the zones that does not exist, or has no records of the type',
    is: ({ coredns, svcdns }) =>
      coredns.rcode === 'NOERROR' &&
      coredns.answer.length > 0 &&
      coredns.answer.every((record, index) => record === svcdns.answer[index]) &&
      coredns.answer.length === svcdns.answer.length &&
      coredns.answer.every((record) => record.includes(' IN CNAME ')),
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
        names.existing.has(recordName(record.slice(record.lastIndexOf(' ') + 1)));
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
    is: (one) =>
      one.question.type === 'DS' && split(one)[0] === '' && outcome(one.svcdns) === 'NODATA',
  },
];
