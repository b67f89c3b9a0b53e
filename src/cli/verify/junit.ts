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

function caseLines({ name, place, file, line, seconds, failure }: JunitCase): string[] {
  const attributes = [
    `name="${escaped(name)}"`,
    `classname="${escaped(place)}"`,
    `file="${escaped(file)}"`,
    `line="${line}"`,
    `time="${seconds.toFixed(3)}"`,
  ].join(' ');
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
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return ` tests="${cases.length}" failures="${failures}" errors="0" time="${seconds.toFixed(3)}"`;
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
