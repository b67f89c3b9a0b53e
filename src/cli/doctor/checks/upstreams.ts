import { addressAndPort, addressText } from '../../../dns/address.ts';
import { Rcode, rcodeName, Type } from '../../../dns/codes.ts';
import { type Check, type Examination, type Finding, fail, info, ok, warn } from '../finding.ts';
import {
  type ForwardHost,
  type ForwardLine,
  type ForwardTarget,
  forwardLines,
  ownServers,
} from '../forward-targets.ts';
import { isFound, type Question } from '../network.ts';

/** Upstreams that are asked; a `forward` line has up to 15. */
const MAX_UPSTREAMS = 8;

/** A tenth of what clients wait before they ask again (resolv.conf(5)); ms. */
const SLOW_MS = 500;

/**
 * Zones without the random names that are asked for: `.invalid` has none (RFC 6761 section 6.4),
 * but some resolvers deny those themselves, and lie only about what might be a web site.
 */
const NOWHERE = ['invalid', 'com'] as const;

const FIX = 'svcdns serve --forward ADDRESS, of a server that answers';

/** The upstreams of `forward` lines that can be asked, each once. */
export function askedUpstreams(
  lines: readonly Pick<ForwardLine, 'targets'>[],
): readonly ForwardTarget[] {
  const askable = lines.flatMap(({ targets }) => targets).filter(({ isOwn }) => !isOwn);
  return [...new Map(askable.map((target) => [target.label, target])).values()].slice(
    0,
    MAX_UPSTREAMS,
  );
}

/** Where and how an upstream is asked: over TLS, or over UDP first. */
export function askedAt({
  address,
  port,
  tls,
}: ForwardTarget): Pick<Question, 'server' | 'transport' | 'tls'> {
  const server = { address, port };
  return tls === undefined ? { server, transport: 'udp' } : { server, transport: 'tcp', tls };
}

/** Whether upstreams are there, fast enough, honest, and others than ourselves. */
export const upstreams: Check = {
  id: 'upstreams',
  async run(examination) {
    const written = forwardLines(examination);
    if (written.length === 0) return [info('nothing is forwarded: other names are refused')];
    const lines = await Promise.all(written.map((line) => lookedUp(line, examination)));
    const asked = askedUpstreams(lines);
    const results = await Promise.all(asked.map((target) => examine(target, examination)));
    const areAllDown = asked.length > 0 && results.every(({ isDown }) => isDown);
    return [
      ...lines.flatMap(notAsked),
      ...lines.flatMap(({ unknown }) => unknown.map(withoutAddress)),
      ...results.flatMap(({ isDown, findings }) =>
        isDown && areAllDown
          ? findings.map((one) => ({ ...one, level: 'fail' as const }))
          : findings,
      ),
    ];
  },
};

/** A `forward` line whose names have been looked up. */
interface LookedUpLine extends Pick<ForwardLine, 'origin' | 'targets'> {
  /** Names without an address. */
  readonly unknown: readonly ForwardHost[];
}

async function lookedUp(line: ForwardLine, examination: Examination): Promise<LookedUpLine> {
  const hosts = line.hosts.slice(0, MAX_UPSTREAMS);
  const found = await Promise.all(hosts.map((host) => targetOf(host, examination)));
  return {
    origin: line.origin,
    targets: [...line.targets, ...found.filter((target) => target !== undefined)],
    unknown: hosts.filter((_, at) => found[at] === undefined),
  };
}

/** At the first address that its name has here; undefined when it has none. */
async function targetOf(
  { host, port, tls, origin }: ForwardHost,
  examination: Examination,
): Promise<ForwardTarget | undefined> {
  const [address] = await examination.network.addresses(host);
  if (address === undefined) return undefined;
  const at = { address, port };
  const isOwn = ownServers(examination)(at);
  return { ...at, label: addressAndPort(at), origin: `${host}, ${origin}`, tls, isOwn };
}

function notAsked({ origin, targets, unknown }: LookedUpLine): Finding[] {
  const own = targets.filter(({ isOwn }) => isOwn);
  const findings: Finding[] = [];
  if (own.length > 0 && own.length === targets.length && unknown.length === 0) {
    const text = `forward at ${origin} leads only back here (${own[0]?.label}): other names get SERVFAIL`;
    findings.push(fail(text, FIX));
  } else if (own.length > 0) {
    findings.push(info(`${own[0]?.label} (${own[0]?.origin}) is svcdns itself, and left out`));
  }
  if (targets.length + unknown.length === 0) {
    findings.push(fail(`forward at ${origin} names no server: other names get SERVFAIL`, FIX));
  }
  return findings;
}

function withoutAddress({ host, origin }: ForwardHost): Finding {
  return warn(`${host} (${origin}) has no address that this machine finds`, FIX);
}

interface Examined {
  readonly isDown: boolean;
  readonly findings: readonly Finding[];
}

async function examine(
  target: ForwardTarget,
  { network, machine }: Examination,
): Promise<Examined> {
  const how = askedAt(target);
  const isTls = target.tls !== undefined;
  const where = `${target.label} (${target.origin})`;
  const root = { ...how, name: '.', type: Type.SOA };
  const first = await network.ask(root);
  if ('fault' in first) {
    const text = `${where} does not answer${isTls ? ' over TLS' : ''}: ${first.fault}`;
    return { isDown: true, findings: [warn(text, first.fix ?? FIX)] };
  }
  const [overTcp, ...nowhere] = await Promise.all([
    isTls ? first : network.ask({ ...root, transport: 'tcp' }),
    ...NOWHERE.map((zone) => {
      const name = `svcdns-doctor-${machine.random()}.${zone}.`;
      return network.ask({ ...how, name, type: Type.A });
    }),
  ]);
  const findings: Finding[] = [];
  const ms = Math.round(first.ms);
  const dig = isTls
    ? `kdig +tls . SOA @${target.address} -p ${target.port}`
    : `svcdns query . SOA @${target.label}`;
  if (first.rcode !== Rcode.NOERROR) {
    findings.push(warn(`${where} answers ${rcodeName(first.rcode)} for the root`, dig));
  }
  const handshake = isTls ? ', the TLS handshake included' : '';
  if (ms > SLOW_MS) findings.push(warn(`${where} is slow: ${ms} ms${handshake}`, dig));
  if ('fault' in overTcp) {
    const text = `${where} answers over UDP, and not over TCP, which large answers need: ${overTcp.fault}`;
    findings.push(warn(text, `${dig} --tcp`));
  }
  const lie = nowhere.find(isFound);
  if (lie !== undefined) {
    const data = lie.records.find(({ type }) => type === Type.A)?.data;
    const found = data?.kind === 'address' ? ` with ${addressText(data.address)}` : '';
    const fix = 'svcdns serve --forward ADDRESS, of a server that tells the truth';
    findings.push(warn(`${where} answers names that do not exist${found}`, fix));
  }
  const over = isTls ? 'over TLS' : 'over UDP and TCP';
  if (findings.length === 0) findings.push(ok(`${where} answers in ${ms} ms, ${over}`));
  return { isDown: false, findings };
}
