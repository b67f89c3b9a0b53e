import { directivesNamed, type Line, type ServerBlock } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { ROOT } from '../../dns/name.ts';
import type { Origin } from '../../kube/objects.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { type CorefileEdit, type Reading, readSwitch } from '../flag.ts';
import { ANYWHERE, addition, lineOf } from '../line-edits.ts';
import type { OptionForms } from '../option-form.ts';
import { REPLY_CLASSES, type ReplyClass } from './exchanged.ts';
import { COMMON, formatOf } from './format.ts';
import { LogPlugin, type LogRule } from './index.ts';

const NAME = 'log';

const MAX_FORMAT_CHARACTERS = 4096;

const OPTIONS = { class: 'CLASS...' } as const satisfies OptionForms;

export const plugin = {
  directive: NAME,
  options: OPTIONS,
  flags: {
    /** A line for each query. */
    log: {
      flag: '--log',
      help: ['write a line for each query'],
      variable: 'SVCDNS_LOG',
      variableHelp: 'on writes a line for each query',
      code: 'CONFIG_LOG',
      elsewhere: ['verbose'],
      edit: logQueries,
    },
  },
  clusterAnswers: (log) => (log.hasMetadata ? 'changed' : log),
  logsInFull: true,
  setup(lines, context, problems) {
    const directive = new Directive(NAME, problems);
    const { isJson } = context.log.queryLines;
    const rules = lines.map((line) => readRule(line, isJson, directive));
    return directive.failed ? undefined : new LogPlugin(rules, context);
  },
} satisfies PluginDeclaration<LogPlugin>;

/** A line for each query; `off`: none. */
function logQueries(text: string, origin: Origin): Reading<CorefileEdit> {
  const isOn = readSwitch(text);
  if ('fault' in isOn) return isOn;
  if (isOn.value) return { value: { ...ANYWHERE, ...addition(lineOf([NAME], origin)) } };
  const rival = (block: ServerBlock) => directivesNamed(block, NAME)[0];
  return { value: { ...ANYWHERE, rival, apply: ({ directives }) => directives } };
}

/** `log [NAMES...] [FORMAT]`. What has a brace in it is a format: no name has. */
function readRule(line: Line, isJson: boolean, directive: Directive): LogRule {
  const last = line.args.at(-1);
  const format = last?.text.includes('{') === true ? last : undefined;
  if (format !== undefined && format.text.length > MAX_FORMAT_CHARACTERS) {
    const message = `Cannot use a format of ${format.text.length} characters: expected at most ${MAX_FORMAT_CHARACTERS}`;
    directive.error(message, format.origin);
  }
  const names = format === undefined ? line.args : line.args.slice(0, -1);
  return {
    names: directive.zones(names, [ROOT]),
    format: formatOf(format?.text ?? COMMON, isJson),
    classes: readClasses(line, directive),
  };
}

function readClasses(line: Line, directive: Directive): ReadonlySet<ReplyClass> | undefined {
  const classes = new Set<ReplyClass>();
  let isAll = (line.block ?? []).length === 0;
  directive.options(line, OPTIONS, {
    class: ({ args }) => {
      for (const { text, origin } of args) {
        const known = REPLY_CLASSES.find((one) => one === text);
        if (known !== undefined) classes.add(known);
        else if (text === 'all') isAll = true;
        else {
          const hint = didYouMean(text, [...REPLY_CLASSES, 'all']);
          const expected = hint || `: expected ${[...REPLY_CLASSES, 'all'].join(', ')}`;
          directive.error(`invalid response class: ${quoted(text)}${expected}`, origin);
        }
      }
    },
  });
  return isAll ? undefined : classes;
}
