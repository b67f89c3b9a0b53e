import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { clusterDomain } from '../../config/name-sources.ts';
import { quoted } from '../../corefile/problems.ts';
import { fileFault } from '../../support/file-error.ts';
import { type CommandIo, Exit, UsageError } from '../command.ts';
import type { LoadOnce } from '../names/load-names.ts';
import { loadSources } from '../names/load-sources.ts';
import { Progress } from '../progress.ts';
import type { DnsServer } from '../query/server-address.ts';
import { printProblems } from '../report/settings-report.ts';
import { type Asker, networkAsker, stillAsker } from './asker.ts';
import type { Expectation } from './expectation.ts';
import { type ExpectedAnswers, readExpected } from './expected-file.ts';
import { settingsOf, type VerifyGiven } from './given.ts';
import { type Judged, judge } from './judge.ts';
import { paced, paceOf } from './paced.ts';
import { verifyReport } from './verify-report.ts';

/** Compares answers with those that files expect. Gives the exit code. */
export async function verifyFiles(
  given: VerifyGiven,
  io: CommandIo,
  load: LoadOnce,
): Promise<number> {
  const { server, timeoutMs, format } = given;
  const settings = server === undefined ? settingsOf(given, io) : undefined;
  if (settings === Exit.TROUBLE) return Exit.TROUBLE;
  const zone = settings === undefined ? given.zone : clusterDomain(settings);
  const { expectations, problems } = readFiles(given.files, zone, io);
  printProblems(problems, io);
  if (problems.length > 0) return Exit.TROUBLE;
  const loaded = settings && (await loadSources(settings, load, io));
  if (settings !== undefined && loaded === undefined) return Exit.TROUBLE;
  const asker =
    settings !== undefined && loaded !== undefined
      ? await stillAsker(settings, loaded, io)
      : await networkAsker(server as DnsServer, zone, timeoutMs, io);
  if (asker === undefined) return Exit.TROUBLE;
  const perSecond = server === undefined ? Number.POSITIVE_INFINITY : given.perSecond;
  const judged = await judgeAll(expectations, asker, perSecond, io);
  await asker.close();
  io.stdout(verifyReport(format, judged));
  if (judged.some(({ outcome }) => outcome === 'differs')) return Exit.FAILED;
  return judged.some(({ outcome }) => outcome === 'met') || judged.length === 0
    ? Exit.OK
    : Exit.TROUBLE;
}

async function judgeAll(
  expectations: readonly Expectation[],
  asker: Asker,
  perSecond: number,
  io: CommandIo,
): Promise<Judged[]> {
  const progress = new Progress(io);
  const judged: Judged[] = [];
  await paced(
    expectations,
    paceOf(perSecond, io.clock),
    async (one, index) => {
      judged[index] = await judge(one, asker);
    },
    (done) => progress.show(() => `${done} of ${expectations.length} questions`),
  );
  progress.end();
  return judged;
}

/** @throws {UsageError} for a file that is not there. */
function readFiles(files: readonly string[], zone: string, io: CommandIo): ExpectedAnswers {
  const all = files.map((file) => {
    const isInput = file === '-';
    const bytes = readOrThrow(isInput ? 0 : resolve(io.cwd, file), file);
    return readExpected(isInput ? 'stdin' : file, bytes, zone);
  });
  return {
    expectations: all.flatMap(({ expectations }) => expectations),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function readOrThrow(file: string | number, shown: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`Cannot read ${quoted(shown)}: ${fileFault(error)}`);
  }
}
