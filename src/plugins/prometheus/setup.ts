import type { Line } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';

const OPTIONS = { runtime_metrics: '' } as const satisfies OptionForms;

/** Reads `prometheus [ADDRESS] { runtime_metrics }`: what is in the block. */
function checkOptions(lines: readonly Line[], problems: ProblemList): void {
  const directive = new Directive('prometheus', problems);
  const readers = {
    runtime_metrics: ({ origin }: Line) => {
      directive.warning("'runtime_metrics' has no effect: there is no Go runtime here", origin);
    },
    tls: ({ origin }: Line) => {
      directive.error("'tls' is not offered: metrics are served over plain HTTP", origin);
    },
  };
  for (const line of lines) directive.options(line, OPTIONS, readers);
}

export const plugin: OptionsDeclaration<void> = {
  directive: 'prometheus',
  options: OPTIONS,
  read: checkOptions,
  isCountedAsLink: true,
};
