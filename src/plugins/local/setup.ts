import type { Line } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { counter, type MetricTable } from '../../observe/metric-spec.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import { Local } from './index.ts';

/** What `local` counts. */
const LOCAL_METRICS = {
  coredns_local_localhost_requests_total: counter('Queries for `localhost.` with a search domain.'),
} as const satisfies MetricTable;

const OPTIONS = {
  localhost_prefix: 'on|off',
} as const satisfies OptionForms;

/** Reads `local { localhost_prefix on|off }`. */
export const plugin = {
  directive: 'local',
  options: OPTIONS,
  metrics: LOCAL_METRICS,
  answers: true,
  clusterAnswers: (local) => local,
  setup(lines, { metrics }, problems) {
    const directive = new Directive('local', problems);
    const line = directive.single(lines);
    directive.hasArgs(line, 0, 0);
    let answersPrefix = true;
    directive.options(line, OPTIONS, {
      localhost_prefix: (option) => {
        answersPrefix = readSwitch(option, directive) ?? answersPrefix;
      },
    });
    if (directive.failed) return undefined;
    const requests = metrics.of(LOCAL_METRICS).counter('coredns_local_localhost_requests_total');
    return new Local(answersPrefix, requests);
  },
} satisfies PluginDeclaration<Local>;

function readSwitch(option: Line, directive: Directive): boolean | undefined {
  const [word] = option.args;
  if (word?.text === 'on' || word?.text === 'off') return word.text === 'on';
  const message = `Cannot read ${quoted(word?.text ?? '')} as ${option.name}: expected on or off`;
  directive.error(message, word?.origin ?? option.origin);
  return undefined;
}
