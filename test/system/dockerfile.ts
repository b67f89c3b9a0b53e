/** One instruction: `COPY --from=build /a b` has keyword COPY, flag from, rest `/a b`. */
export interface Instruction {
  readonly keyword: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: string;
}

export interface Stage {
  /** The image it starts from, as written. */
  readonly from: string;
  /** What other stages call it; '' for the last one. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/**
 * Reads the part of the Dockerfile language that ours is written in: comments, continued lines,
 * flags.
 *
 * @throws Error at an instruction before the first FROM.
 */
export function parseDockerfile(text: string): Stage[] {
  const stages: { from: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of logicalLines(text)) {
    const instruction = parseInstruction(line);
    if (instruction.keyword === 'FROM') {
      const [from = '', , name = ''] = instruction.rest.split(/\s+/);
      stages.push({ from, name, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`Instruction before FROM: ${line}`);
    stage.instructions.push(instruction);
  }
  return stages;
}

/**
 * The words of an instruction in exec form, `["a", "b"]`.
 *
 * @throws Error for the shell form: the image has to work without a shell.
 */
export function execForm(text: string): [string, ...string[]] {
  const words: unknown = text.startsWith('[') ? JSON.parse(text) : undefined;
  if (!Array.isArray(words) || words.length === 0 || !words.every((w) => typeof w === 'string')) {
    throw new Error(`Cannot run ${text}: expected the exec form, ["program", "argument"]`);
  }
  return words as [string, ...string[]];
}

/** The variables of an ENV instruction: `A=1 B="2 3"`. */
export function envPairs(text: string): Map<string, string> {
  const pairs = text.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g);
  return new Map([...pairs].map(([, name, quoted, bare]) => [name!, quoted ?? bare ?? '']));
}

/** Comments are gone before lines are joined, so that one may stand inside a continued line. */
function logicalLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '');
}

function parseInstruction(line: string): Instruction {
  const [, keyword = '', afterKeyword = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
  const flags = new Map<string, string>();
  let rest = afterKeyword;
  for (;;) {
    const [flag, name, value] = /^--([\w-]+)=(\S+)\s+/.exec(rest) ?? [];
    if (flag === undefined) break;
    flags.set(name!, value!);
    rest = rest.slice(flag.length);
  }
  return { keyword: keyword.toUpperCase(), flags, rest: rest.trim() };
}
