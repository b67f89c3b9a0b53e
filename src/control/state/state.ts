import { createHash } from 'node:crypto';
import type { Allocation } from '../../controllers/addresses/address-ledger.ts';
import { isNodePort } from '../../controllers/addresses/given-node-ports.ts';
import { canonicalIp } from '../../kube/ip.ts';

/** What is remembered from one run to the next, so that addresses and node ports stay. */
export interface State {
  /** The ranges that the addresses are of: CIDRs, in no particular order. */
  readonly ranges: readonly string[];
  readonly clusterIPs: readonly Allocation[];
  readonly loadBalancers: readonly Allocation[];
  /** Of simulated Pods. */
  readonly pods: readonly Allocation[];
  /** Their addresses are port numbers. */
  readonly nodePorts: readonly Allocation[];
}

const FORMAT = 'svcdns-state';
const VERSION = 1;

/** The lists of addresses, and how their lines begin. */
const LISTS = ['clusterIPs', 'loadBalancers', 'pods', 'nodePorts'] as const;
type List = (typeof LISTS)[number];

/** Characters of an owner: namespace, kind, name and number, with room to spare. */
const MAX_OWNER = 1_000;

/**
 * The text of a state file. A line of JSON for the file, one for each address, and one with the
 * SHA-256 of everything before it, so that no part of a line can be lost or changed unnoticed:
 *
 * ```
 * {"format":"svcdns-state","version":1,"ranges":["10.96.0.0/12"]}
 * ["clusterIPs","shop/web","10.98.7.3"]
 * {"sha256":"9f86d0…"}
 * ```
 */
export function encodeState(state: State): string {
  const lines = [JSON.stringify({ format: FORMAT, version: VERSION, ranges: state.ranges })];
  for (const list of LISTS) {
    for (const { owner, address } of state[list]) {
      lines.push(JSON.stringify([list, owner, address]));
    }
  }
  const body = `${lines.join('\n')}\n`;
  return body + seal(body);
}

/**
 * Reads such a text. A fault says what was found and what was expected, and in which line; line 0
 * is the file.
 */
export function decodeState(
  text: string,
): { readonly state: State } | { readonly fault: string; readonly line: number } {
  const found = JSON.stringify(text.slice(0, SHOWN));
  if (!text.startsWith(`{"format":"${FORMAT}","version":`)) {
    const what = text === '' ? 'an empty file' : `a file that begins with ${found}`;
    return { fault: `found ${what}: expected ${FORMAT} version ${VERSION}`, line: 1 };
  }
  const version = /^\{"format":"[^"]*","version":(\d{1,9}),/.exec(text)?.[1];
  if (version !== undefined && Number(version) !== VERSION) {
    return { fault: `found version ${version}: expected ${VERSION}`, line: 1 };
  }
  const end = text.lastIndexOf('{"sha256":');
  const body = text.slice(0, end);
  if (end < 0 || text.slice(end) !== seal(body)) {
    const what = end < 0 ? 'no checksum at its end' : 'a checksum of something else';
    return { fault: `found ${what}: it was cut off or changed`, line: 0 };
  }
  return readLines(body.split('\n').slice(0, -1));
}

const SHOWN = 40;

function seal(body: string): string {
  return `{"sha256":"${createHash('sha256').update(body).digest('hex')}"}\n`;
}

/** The checksum is right, so these lines were written on purpose, faults included. */
function readLines(
  lines: readonly string[],
): { readonly state: State } | { readonly fault: string; readonly line: number } {
  const lists: Record<List, Allocation[]> = {
    clusterIPs: [],
    loadBalancers: [],
    pods: [],
    nodePorts: [],
  };
  const ranges = rangesOf(parsed(lines[0] ?? ''));
  if (ranges === undefined) return { fault: 'expected a list of ranges', line: 1 };
  for (const [at, line] of lines.entries()) {
    const entry = at === 0 ? undefined : entryOf(parsed(line));
    if (at === 0) continue;
    if (entry === undefined) {
      const found = JSON.stringify(line.slice(0, SHOWN));
      return { fault: `found ${found}: expected ["clusterIPs", owner, address]`, line: at + 1 };
    }
    lists[entry.list].push({ owner: entry.owner, address: entry.address });
  }
  return { state: { ranges, ...lists } };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function rangesOf(header: unknown): string[] | undefined {
  const isObject = typeof header === 'object' && header !== null && 'ranges' in header;
  const ranges: unknown = isObject ? header.ranges : undefined;
  const isList = Array.isArray(ranges) && ranges.every((range) => typeof range === 'string');
  return isList ? ranges : undefined;
}

function entryOf(line: unknown): (Allocation & { readonly list: List }) | undefined {
  if (!Array.isArray(line) || line.length !== 3) return undefined;
  const [word, owner, address] = line as unknown[];
  const list = LISTS.find((known) => known === word);
  if (list === undefined || typeof owner !== 'string' || owner.length > MAX_OWNER) return undefined;
  if (typeof address !== 'string') return undefined;
  const isRight = list === 'nodePorts' ? isNodePort(address) : canonicalIp(address) === address;
  return isRight ? { list, owner, address } : undefined;
}
