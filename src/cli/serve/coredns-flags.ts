import type { PluginDeclaration, RefusedDirective } from '../../plugins/declaration.ts';
import { DIRECTIVES } from '../../plugins/order.ts';

/**
 * CoreDNS's flags by the options that do the same here; `dns-port` and `plugins` exist for them
 * only.
 */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['conf', '--config'],
  ['dns.port', '--dns-port'],
  ['p', '--dns-port'],
  ['quiet', '--quiet'],
  ['version', '--version'],
  ['plugins', '--plugins'],
]);

/**
 * Rewrites CoreDNS's flags, so that the arguments of the stock Deployment work. Go's flags may have
 * one dash or two, and their value behind a blank or a `=`: `-conf FILE`, `--conf=FILE`.
 */
export function translateFlags(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  return [...flags.flatMap(translate), ...args.slice(flags.length)];
}

function translate(arg: string): string[] {
  const [, name = '', value = ''] = /^--?([a-z.]+)(=.*)?$/s.exec(arg) ?? [];
  const option = FLAGS.get(name);
  if (option === undefined) return [arg];
  if (value === '=true') return [option]; // a boolean, the long way
  if (value === '=false') return [];
  return [option + value];
}

/** How an option stands in the arguments that `translateFlags` was given, for messages. */
export function flagAsWritten(args: readonly string[], option: string): string {
  const written = args.find((arg) => nameOf(translate(arg)[0]) === option);
  return nameOf(written) ?? option;
}

/** An option without the value behind its `=`. */
function nameOf(arg: string | undefined): string | undefined {
  return arg?.split('=', 1)[0];
}

/** What `-plugins` prints: every directive of CoreDNS, and what becomes of it here. */
export function pluginList(): string {
  const width = Math.max(...[...DIRECTIVES.keys()].map((name) => name.length));
  const lines = [...DIRECTIVES].map(
    ([name, known]) => `${name.padEnd(width)}  ${statusOf(known)}\n`,
  );
  return lines.join('');
}

function statusOf(known: PluginDeclaration | RefusedDirective): string {
  return 'refused' in known ? 'refused' : 'carried out';
}
