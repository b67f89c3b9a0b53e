import { byOrigin } from '../../kube/origin.ts';
import { type Problem, problemText } from '../../kube/problem.ts';

/**
 * `file:line:column: severity: message [CODE]`, fit for a terminal: a file's name may hold any
 * character, and one that moves the cursor could hide or fake a line.
 */
export function problemLine(problem: Problem): string {
  return visibleText(problemText(problem));
}

/** One line without anything that moves a cursor, whatever a file or a server has said. */
export function visibleText(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A copy of plain data, with `visibleText` in the place of each text. */
export function visibleTexts<Data>(data: Data): Data {
  const copy = JSON.stringify(data, (_key, value: unknown) =>
    typeof value === 'string' ? visibleText(value) : value,
  );
  return JSON.parse(copy) as Data;
}

/** By file, then by place in it. */
export function sortedProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(byOrigin);
}

/** `1 file`, `2 files`, `0 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
