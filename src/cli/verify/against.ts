import type { CommandIo } from '../command.ts';
import type { LoadedSources } from '../names/load-sources.ts';
import { Progress } from '../progress.ts';
import type { Asker } from './asker.ts';
import { compare, type FoundDifference } from './compare.ts';
import type { Comparison } from './difference-report.ts';
import { everyName, everyQuestion } from './every-question.ts';
import { type Pace, paced } from './paced.ts';

/** Differences that are kept; the others are counted. */
const MAX_KEPT = 100_000;

/** Two that are asked, and what they are called. */
export interface Both {
  readonly ours: { readonly asker: Asker; readonly name: string };
  readonly theirs: { readonly asker: Asker; readonly name: string };
}

/** Puts every question about the names of these sources to both. */
export async function compareBoth(
  { ours, theirs }: Both,
  loaded: LoadedSources,
  pace: Pace,
  io: CommandIo,
): Promise<Comparison> {
  const names = everyName(loaded);
  const progress = new Progress(io);
  const total = count(everyQuestion(names));
  const found: { readonly index: number; readonly difference: FoundDifference }[] = [];
  let more = 0;
  await paced(
    everyQuestion(names),
    pace,
    async (question, index) => {
      const difference = await compare(question, { ours: ours.asker, theirs: theirs.asker }, names);
      if (difference === undefined) return;
      if (found.length < MAX_KEPT) found.push({ index, difference });
      else more++;
    },
    (done) => {
      progress.show(() => `${done} of ${total} questions, ${found.length + more} differences`);
    },
  );
  progress.end();
  // Replies come in any order.
  const differences = found.sort((a, b) => a.index - b.index).map(({ difference }) => difference);
  return { questions: total, differences, more, ours: ours.name, theirs: theirs.name };
}

function count(items: Iterable<unknown>): number {
  let number = 0;
  for (const _ of items) number++;
  return number;
}
