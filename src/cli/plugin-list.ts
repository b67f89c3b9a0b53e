import { DIRECTIVES } from '../corefile/known-directives.ts';

const STANDINGS = {
  offered: 'carried out',
  accepted: 'accepted, not carried out yet',
  refused: 'refused',
} as const;

/** What `-plugins` prints: every directive of CoreDNS, and what becomes of it here. */
export function pluginList(): string {
  const width = Math.max(...[...DIRECTIVES.keys()].map((name) => name.length));
  const lines = [...DIRECTIVES].map(
    ([name, { kind }]) => `${name.padEnd(width)}  ${STANDINGS[kind]}\n`,
  );
  return lines.join('');
}
