import type {
  ExplainedPlugin,
  ExplainedRecord,
  ExplainedStep,
  Explanation,
} from '../../explain/explanation.ts';
import { visibleTexts } from '../report/problem-text.ts';

/** How words stand out on a terminal; in a pipe they do not. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const colouring = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

export const COLOURS: Paint = {
  good: colouring(32),
  bad: colouring(31),
  strong: colouring(1),
  faint: colouring(2),
};

const plain = (text: string) => text;

export const PLAIN: Paint = { good: plain, bad: plain, strong: plain, faint: plain };

/** Records of a step that are shown; JSON has more. */
const MAX_RECORDS = 8;

/** An explanation for people: a line a question, and the whole story of the one that tells most. */
export function explanationText(told: Explanation, paint: Paint = PLAIN): string {
  // Names, files and what servers say may have characters that move a cursor.
  const explanation = visibleTexts(told);
  const { question, steps, toldBy, reason, waste, rcode } = explanation;
  const width = Math.max(...steps.map(({ name }) => name.length));
  const outcome = rcodeText(rcode);
  const lines = [
    `${question.name} ${question.type} ${clientText(explanation)}: ${colour(rcode, paint)(outcome)}`,
    '',
    ...steps.flatMap((step, at) => [
      stepLine(step, width, paint),
      ...(at === toldBy ? storyOf(step, paint) : []),
    ]),
    '',
    ...wasteLines(waste, steps.length, paint),
    `Why: ${paint.strong(reason.text)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function clientText({ client, search }: Explanation): string {
  const { namespace, address, pod } = client;
  const as = search.domains.length === 0 ? ', as it stands' : '';
  if (pod !== undefined) return `from ${pod.object} (${address})${as}`;
  if (address !== undefined) return `from ${address}, which is no Pod's${as}`;
  return `from namespace ${namespace}${as}`;
}

function stepLine({ name, rcode, reason }: ExplainedStep, width: number, paint: Paint): string {
  const outcome = rcodeText(rcode).padEnd(9);
  return `  ${name.padEnd(width)}  ${colour(rcode, paint)(outcome)}  ${reason.text}`;
}

function storyOf(step: ExplainedStep, paint: Paint): string[] {
  const { records, moreRecords, ttl } = step;
  const more = moreRecords + Math.max(0, records.length - MAX_RECORDS);
  return [
    ...records.slice(0, MAX_RECORDS).map(recordLine),
    ...(more === 0 ? [] : [`and ${more} more records`]),
    ...(ttl === null ? [] : [`TTL ${ttl.seconds} s: ${ttl.text}`]),
    blockLine(step),
    ...step.plugins.filter(({ did }) => did !== 'passed').map(pluginLine),
  ].map((line) => `    ${paint.faint(line)}`);
}

function recordLine({ type, data, by, object, origin, from }: ExplainedRecord): string {
  const named = object === null ? [] : [`${object} (${origin})`];
  const places = [...named, ...from.map((place) => `${place.object} (${place.origin})`)];
  const objects = places.length === 0 ? '' : `: ${places.join(', ')}`;
  return `${type} ${data}  ${by}${objects}`;
}

/** `block .:1053 (Corefile:5:1): errors, cache, kubernetes` */
function blockLine({ block, plugins }: ExplainedStep): string {
  if (block === null) return 'no server block';
  const zones = block.zones.map((zone) => (zone === '.' ? 'all zones' : zone)).join(', ');
  const view = block.view === '' ? '' : `, view ${block.view}`;
  const place = block.origin === null ? '' : ` (${block.origin})`;
  const names = [...new Set(plugins.map(({ plugin }) => plugin))];
  return `block of ${zones}${view}${place}, plugins ${names.join(', ')}`;
}

function pluginLine({ plugin, origin, text }: ExplainedPlugin): string {
  return `${plugin}${origin === null ? '' : ` (${origin})`} ${text}`;
}

function wasteLines({ questions, advice }: Explanation['waste'], all: number, paint: Paint) {
  if (questions === 0) return [];
  const count = `${questions} of ${all} questions ${questions === 1 ? 'is' : 'are'} waste`;
  return [paint.faint(`${count}, twice as many for A and AAAA: ${advice}`)];
}

function rcodeText(rcode: string | null): string {
  return rcode ?? 'not asked';
}

function colour(rcode: string | null, paint: Paint): (text: string) => string {
  return rcode === 'NOERROR' ? paint.good : rcode === null ? plain : paint.bad;
}
