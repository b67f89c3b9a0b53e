import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import type { Origin } from '../kube/objects.ts';
import type { OptionsDeclaration } from '../plugins/declaration.ts';

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
