import { directivesNamed, type ServerBlock } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import type { Origin } from '../../kube/objects.ts';
import type { OptionsDeclaration } from '../../plugins/declaration.ts';
import { type Timeouts, plugin as timeoutsPlugin } from '../../plugins/timeouts/setup.ts';
import type { TcpLimits } from '../limits.ts';

/**
 * What a directive that holds for sockets comes to when several server blocks share them: every
 * reply leaves through the same socket, so the last line in the file holds for all, as with
 * `timeouts`, and a warning names both where two differ. `read` is given no line where no block has
 * the directive.
 */
export function socketDirective<Options>(
  { directive, read }: OptionsDeclaration<Options>,
  blocks: readonly ServerBlock[],
  problems: ProblemList,
): Options {
  let chosen: { readonly options: Options; readonly origin: Origin } | undefined;
  for (const block of blocks) {
    const lines = directivesNamed(block, directive);
    const [line] = lines;
    if (line === undefined) continue;
    const options = read(lines, problems);
    if (chosen !== undefined && !isSame(chosen.options, options)) {
      const place = `${chosen.origin.file}:${chosen.origin.line}`;
      const rule = 'server blocks on the same sockets share it';
      const message = `plugin/${directive}: this line holds instead of the one at ${place}: ${rule}`;
      problems.warning('PLUGIN_OPTION', message, line.origin);
    }
    chosen = { options, origin: line.origin };
  }
  return chosen === undefined ? read([], problems) : chosen.options;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * What the `timeouts` of server blocks that share sockets come to. A connection asks questions of
 * all of them, so they have one set of limits: of each limit the last in the file, as in CoreDNS,
 * with a warning where two differ.
 */
export function tcpLimitsOf(
  blocks: readonly ServerBlock[],
  problems: ProblemList,
): Partial<TcpLimits> {
  const chosen = new Map<keyof Timeouts, { readonly value: number; readonly origin: Origin }>();
  for (const block of blocks) {
    const lines = directivesNamed(block, timeoutsPlugin.directive);
    const [line] = lines;
    if (line === undefined) continue;
    const timeouts = timeoutsPlugin.read(lines, problems);
    for (const field of Object.keys(FIELDS) as (keyof Timeouts)[]) {
      const value = timeouts[field];
      if (value === undefined) continue;
      const before = chosen.get(field);
      if (before !== undefined && before.value !== value) {
        const place = `${before.origin.file}:${before.origin.line}`;
        const rule = 'server blocks on the same sockets share their connections';
        const message = `plugin/timeouts: ${FIELDS[field].word} here holds instead of the one at ${place}: ${rule}`;
        problems.warning('PLUGIN_OPTION', message, line.origin);
      }
      chosen.set(field, { value, origin: line.origin });
    }
  }
  const limits: { -readonly [Name in keyof TcpLimits]?: number } = {};
  for (const [field, { value }] of chosen) {
    for (const name of FIELDS[field].limits) limits[name] = value;
  }
  return limits;
}

/** How the Corefile names each, and what of a connection it limits. */
const FIELDS: Readonly<
  Record<keyof Timeouts, { readonly word: string; readonly limits: readonly (keyof TcpLimits)[] }>
> = {
  readMs: { word: 'read', limits: ['tcpFirstByteMs', 'tcpMessageMs'] },
  writeMs: { word: 'write', limits: ['tcpStallMs'] },
  idleMs: { word: 'idle', limits: ['tcpIdleMs'] },
  maxTcpQueries: { word: 'maxtcpqueries', limits: ['tcpQueries'] },
};
