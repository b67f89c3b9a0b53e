/** A test suite as JUnit's XML has it. */
export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

interface JunitCase {
  readonly name: string;
  /** `expected.yaml:3`, in the place of a class. */
  readonly place: string;
  readonly file: string;
  readonly line: number;
  readonly seconds: number;
  /** Why it failed; undefined when it did not. */
  readonly failure: string | undefined;
  /** Why it was not carried out; undefined when it was. */
  readonly skipped?: string | undefined;
}

/** Suites in the XML form that came with Ant's JUnit task, and that CI servers read. */
export function junitReport(suites: readonly JunitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="svcdns verify"${counts(all)}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines({ name, cases }: JunitSuite): string[] {
  return [
    `  <testsuite name="${escaped(name)}"${counts(cases)}>`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
  ];
}

function caseLines({ name, place, file, line, seconds, failure, skipped }: JunitCase): string[] {
  const attributes = [
    `name="${escaped(name)}"`,
    `classname="${escaped(place)}"`,
    `file="${escaped(file)}"`,
    `line="${line}"`,
    `time="${seconds.toFixed(3)}"`,
  ].join(' ');
  if (skipped !== undefined) {
    const element = `      <skipped message="${escaped(skipped)}"/>`;
    return [`    <testcase ${attributes}>`, element, '    </testcase>'];
  }
  if (failure === undefined) return [`    <testcase ${attributes}/>`];
  const text = escaped(failure);
  return [
    `    <testcase ${attributes}>`,
    `      <failure message="${text}">${text}</failure>`,
    '    </testcase>',
  ];
}

function counts(cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  const left = skipped === 0 ? '' : ` skipped="${skipped}"`;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return ` tests="${cases.length}" failures="${failures}" errors="0"${left} time="${seconds.toFixed(3)}"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML 1.0 section 2.2 has no way to write control characters and lone surrogates. */
function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}
