import type { PluginDeclaration, RefusedDirective } from '../../plugins/declaration.ts';
import { DIRECTIVES } from '../../plugins/order.ts';

/** What `-plugins` prints: every directive of CoreDNS, and what becomes of it here. */
export function pluginList(): string {
  const width = Math.max(...[...DIRECTIVES.keys()].map((name) => name.length));
  const lines = [...DIRECTIVES].map(
    ([name, known]) => `${name.padEnd(width)}  ${statusOf(known)}\n`,
  );
  return lines.join('');
}

function statusOf(known: PluginDeclaration | RefusedDirective): string {
  if ('refused' in known) return 'refused';
  return known.instead === undefined ? 'carried out' : 'accepted, not carried out yet';
}
