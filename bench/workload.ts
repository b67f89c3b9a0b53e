import { writeFileSync } from 'node:fs';
import { serviceOf } from './dump.ts';

/**
 * What is asked. `hit`: the A records of all Services in turn. `pod`: what a Pod asks for each name
 * with `ndots:5`: the name of another namespace under its own one, which does not exist, then the A
 * record, then the AAAA record, which there is not. `forwarded-hit`: names outside that were asked
 * before. `forwarded-miss`: names outside that nobody has asked for, of which one in two exists.
 */
export const MIXES = ['hit', 'pod', 'forwarded-hit', 'forwarded-miss'] as const;

export type Mix = (typeof MIXES)[number];

/** How: over UDP, over TCP connections that stay open, or with a TCP connection for each. */
export const TRANSPORTS = ['udp', 'tcp', 'connect'] as const;

export type Transport = (typeof TRANSPORTS)[number];

export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  /** What is right: an address, NODATA or NXDOMAIN. */
  readonly answer: string;
}

/** Names outside that are kept in caches. */
const KEPT_NAMES = 200;

/**
 * The questions of a mix, each once. `round` makes names that nobody has asked for; there are
 * `count` of them.
 */
export function questionsOf(mix: Mix, services: number, round = '', count = 0): Question[] {
  const each = <T>(total: number, of: (at: number) => T) =>
    Array.from({ length: total }, (_, at) => of(at));
  switch (mix) {
    case 'hit':
      return each(services, (at) => serviceQuestion(shuffled(at, services)));
    case 'pod':
      return each(services, (at) => lookUp(shuffled(at, services))).flat();
    case 'forwarded-hit':
      return each(KEPT_NAMES, (at) => outside(`a${at}.kept`, true));
    case 'forwarded-miss':
      return each(count, (at) => {
        const exists = at % 2 === 1;
        return outside(`${exists ? 'a' : 'n'}${(at * 7919).toString(36)}.${round}`, exists);
      });
  }
}

/** Writes them as dnsperf reads them. */
export function writeQuestions(file: string, questions: readonly Question[]): void {
  writeFileSync(file, questions.map(({ name, type }) => `${name} ${type}\n`).join(''));
}

/** Every number below `total` once, far from its neighbours: 7919 is a prime. */
function shuffled(at: number, total: number): number {
  return total % 7919 === 0 ? at : (at * 7919) % total;
}

function serviceQuestion(at: number): Question {
  const { name, ip } = serviceOf(at);
  return { name: `${name}.svc.cluster.local`, type: 'A', answer: ip };
}

function lookUp(at: number): Question[] {
  const hit = serviceQuestion(at);
  const searched = `${serviceOf(at).name}.team-${(at + 1) % 100}.svc.cluster.local`;
  return [
    { name: searched, type: 'A', answer: 'NXDOMAIN' },
    hit,
    { ...hit, type: 'AAAA', answer: 'NODATA' },
  ];
}

/** As the upstream of bench/bare.ts answers. */
function outside(name: string, exists: boolean): Question {
  return { name: `${name}.example`, type: 'A', answer: exists ? '192.0.2.1' : 'NXDOMAIN' };
}
