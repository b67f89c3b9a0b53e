import type { Line, Word } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';

const OPTIONS = { monitor: 'until-ready|continuously' } as const satisfies OptionForms;

/** Readiness never goes back before the server is told to stop, so both mean the same. */
const MONITOR_TYPES = OPTIONS.monitor.split('|');

/** Reads `ready [ADDRESS] { monitor until-ready|continuously }`: what is in the block. */
function checkOptions(lines: readonly Line[], problems: ProblemList): void {
  const directive = new Directive('ready', problems);
  for (const line of lines) {
    directive.options(line, OPTIONS, {
      monitor: ({ args }) => {
        const { text, origin } = args[0] as Word;
        if (MONITOR_TYPES.includes(text)) return;
        const expected = `expected ${MONITOR_TYPES.join(' or ')}`;
        directive.error(`monitor type ${quoted(text)} not supported: ${expected}`, origin);
      },
    });
  }
}

export const plugin: OptionsDeclaration<void> = {
  directive: 'ready',
  options: OPTIONS,
  read: checkOptions,
};
