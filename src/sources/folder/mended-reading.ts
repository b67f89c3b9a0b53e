import type { Origin } from '../../kube/objects.ts';
import type { Problem } from '../../kube/problem.ts';
import { readDocument } from '../../kube/schema.ts';
import { type Fault, faultText } from './fault.ts';
import { locatedDocument } from './located-document.ts';
import { type MendedText, mend } from './mend.ts';
import { rootOffset, tellYamlNodes } from './positions.ts';
import { type Slips, TAB_WIDTHS } from './slips.ts';
import { readYaml } from './yaml.ts';

/** Most of what else is told about a document that had to be mended. */
const MAX_MORE = 20;

/**
 * What else is wrong with a document, once its slips are mended: so that nobody has to find the
 * next mistake only after mending the last. A tab may have been meant to indent by more or less:
 * told is what is true either way. `originAt` gives the place of an offset into `text`.
 */
export function problemsOnceMended(
  text: string,
  slips: Slips,
  originAt: (offset: number) => Origin,
): Problem[] {
  const widths = slips.tabs.length > 0 ? TAB_WIDTHS : [1];
  const readings = widths.map((width) => {
    const mended = mend(text, slips, width);
    return reading(mended, (offset) => originAt(mended.written(offset)));
  });
  const parsed = readings.filter(({ isYaml }) => isYaml);
  if (parsed.length > 0) return inAll(parsed.map(({ problems }) => problems));
  // What is wrong with a line that a tab indents may be due to the wrong width.
  const guessed = new Set(slips.tabs.map((tab) => originAt(tab).line));
  const sure = inAll(readings.map(({ problems }) => problems));
  return sure.filter(({ origin }) => !guessed.has(origin.line));
}

function reading(
  { text }: MendedText,
  originAt: (offset: number) => Origin,
): { readonly isYaml: boolean; readonly problems: readonly Problem[] } {
  const outcome = readYaml(text);
  if (outcome.kind === 'fault') {
    return { isYaml: false, problems: [faultProblem(outcome.fault, originAt)] };
  }
  const problems = outcome.documents.flatMap(({ value, events }) => {
    const tell = (index: Parameters<typeof tellYamlNodes>[2]) => tellYamlNodes(events, text, index);
    const document = locatedDocument(value, rootOffset(events, text), tell, originAt);
    // Whether it is an object at all can be told when it has been read.
    return readDocument(document).problems.filter(({ code }) => code !== 'MANIFEST_NOT_AN_OBJECT');
  });
  return { isYaml: true, problems };
}

/** The error of a document that is not YAML, or past a limit. */
export function faultProblem(fault: Fault, originAt: (offset: number) => Origin): Problem {
  const message = `Cannot read this document: ${faultText(fault, (offset) => originAt(offset).line)}`;
  return { severity: 'error', code: fault.code, message, origin: originAt(fault.offset) };
}

/** The problems that every one of the lists has. */
function inAll([first = [], ...others]: readonly (readonly Problem[])[]): Problem[] {
  const sets = others.map((problems) => new Set(problems.map(identity)));
  return first
    .filter((problem) => sets.every((set) => set.has(identity(problem))))
    .slice(0, MAX_MORE);
}

function identity({ severity, message, origin }: Problem): string {
  return `${origin.line}:${origin.column} ${severity} ${message}`;
}
