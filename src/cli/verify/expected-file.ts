import type { Origin } from '../../kube/objects.ts';
import { wholeFile } from '../../kube/origin.ts';
import type { Problem } from '../../kube/problem.ts';
import { parseManifest } from '../../sources/folder/parse/parse.ts';
import { decodeText } from '../../sources/folder/parse/source-text.ts';
import type { Expectation } from './expectation.ts';
import { expectationsOfText } from './expected-text.ts';
import { expectationsOfYaml } from './expected-yaml.ts';

/** What a file of expected answers says, and what of it cannot be read. */
export interface ExpectedAnswers {
  readonly expectations: readonly Expectation[];
  readonly problems: readonly Problem[];
}

/** A file of the names of 10,000 Services has some 10 MiB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Mistakes that are reported for a file; more are not read by anybody. */
const MAX_PROBLEMS = 50;

/**
 * Reads a file of expected answers: YAML, or records as dig prints them. Which of them it is shows
 * in its first line that is no comment, whatever the file is called. `zone` is the cluster's
 * domain.
 */
export function readExpected(file: string, bytes: Uint8Array, zone: string): ExpectedAnswers {
  const problems: Problem[] = [];
  const report = (message: string, origin: Origin) => {
    if (problems.length >= MAX_PROBLEMS) return;
    problems.push({ severity: 'error', code: 'VERIFY_EXPECTED', message, origin });
  };
  const expectations: Expectation[] = [];
  if (bytes.length > MAX_BYTES) {
    report(`Found ${bytes.length} bytes, expected at most ${MAX_BYTES}`, wholeFile(file));
    return { expectations, problems };
  }
  const decoded = decodeText(bytes);
  if (decoded.kind === 'garbled') {
    report('Found a byte that is not UTF-8, expected text', wholeFile(file));
    return { expectations, problems };
  }
  if (isYaml(decoded.text)) {
    const parsed = parseManifest(file, bytes);
    problems.push(...parsed.problems);
    for (const document of parsed.documents) {
      expectations.push(...expectationsOfYaml(document, zone, report));
    }
  } else expectations.push(...expectationsOfText(decoded.text, file, report));
  if (expectations.length === 0 && problems.length === 0) {
    report('Found no questions, expected at least one', wholeFile(file));
  }
  return { expectations, problems };
}

/** A record begins with a name, and a list of YAML with a dash or a bracket. */
function isYaml(text: string): boolean {
  const first = text.split(/[\r\n]+/).find((line) => !/^\s*(?:[;#]|$)/.test(line)) ?? '';
  return /^\s*(?:-(?:\s|$)|---|[[{]|[\w-]+:(?:\s|$))/.test(first);
}
