import { Type } from '../../../dns/codes.ts';
import type { ResourceRecord } from '../../../dns/record.ts';
import { type Check, type Examination, fail, info, ok } from '../finding.ts';
import { forwardLines } from '../forward-targets.ts';
import { followedManifests, followedPaths } from './mounts.ts';
import { askedAt, askedUpstreams } from './upstreams.ts';

/** File systems of other machines have clocks of their own; s. */
const TOLERANCE_SECONDS = 300;

const FIX = 'sudo timedatectl set-ntp true';

/**
 * Whether the clock is far off, by two witnesses. The signatures of the root zone (RRSIG, RFC 4034
 * section 3.1) are renewed daily and hold about two weeks: a clock outside of that is wrong. And
 * files of ours cannot have been changed in the future. A wrong clock breaks TLS, tokens of the API
 * server, and what is kept from one run to the next; answers of manifests go by another clock.
 */
export const clock: Check = {
  id: 'clock',
  async run(examination) {
    const now = examination.clock.wallSeconds();
    const shown = timeText(now);
    const late = newestFile(examination);
    if (late !== undefined && late.seconds > now + TOLERANCE_SECONDS) {
      const text = `the clock says ${shown}, and ${late.path} was changed at ${timeText(late.seconds)}`;
      return [fail(text, FIX)];
    }
    const window = await signatureWindow(examination);
    if (window === undefined) {
      return [info(`${shown}; no upstream has signatures of the root zone to compare with`)];
    }
    const { from, to } = window;
    const bounds = `${timeText(from)} to ${timeText(to)}`;
    if (now < from - TOLERANCE_SECONDS || now > to + TOLERANCE_SECONDS) {
      return [fail(`the clock says ${shown}, and the root zone is signed for ${bounds}`, FIX)];
    }
    return [ok(`${shown} is within the signatures of the root zone, ${bounds}`)];
  },
};

interface Window {
  /** Seconds since 1970. */
  readonly from: number;
  readonly to: number;
}

async function signatureWindow(examination: Examination): Promise<Window | undefined> {
  for (const target of askedUpstreams(forwardLines(examination))) {
    const answer = await examination.network.ask({
      ...askedAt(target),
      name: '.',
      type: Type.SOA,
    });
    const found = 'records' in answer ? answer.records.flatMap((one) => windowOf(one) ?? []) : [];
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

/** Type covered, algorithm, labels and TTL come first: 8 bytes; then expiration and inception. */
function windowOf({ type, owner, data }: ResourceRecord): Window | undefined {
  if (type !== Type.RRSIG || owner !== '' || data.kind !== 'raw' || data.bytes.length < 16) {
    return undefined;
  }
  const bytes = Buffer.from(data.bytes);
  return { from: bytes.readUInt32BE(12), to: bytes.readUInt32BE(8) };
}

function newestFile(examination: Examination) {
  const { machine } = examination;
  const listed = machine.scan(followedManifests(examination)).files.map(({ path }) => path);
  const files = [...followedPaths(examination), ...listed].flatMap((path) => {
    const seconds = machine.changedAt(path);
    return seconds === undefined ? [] : [{ path, seconds }];
  });
  const [first, ...others] = files;
  if (first === undefined) return undefined;
  return others.reduce((newest, one) => (newest.seconds >= one.seconds ? newest : one), first);
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z');
}
