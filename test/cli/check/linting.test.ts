import { describe, expect, test } from 'vitest';
import { folderWith } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const DOT = `apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec:
  type: ExternalName
  externalName: db.example.com.
`;

const LOCAL = DOT.replace('com.', 'com');

/** Places are relative to the folder, as for somebody who is in it. */
async function check(line: string, files: Record<string, string>): Promise<Outcome> {
  const cwd = folderWith(files);
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off' } });
  const outcome = await io.outcome(`check k8s ${line} --disable cluster-basics-missing`);
  return { ...outcome, stdout: outcome.stdout.replaceAll(`${cwd}/`, '') };
}

const codes = ({ stdout }: Outcome) =>
  [...stdout.matchAll(/^k8s\S* (?:error|warning|hint): .*\[([A-Z_]+)\]$/gm)].map(
    ([, code]) => code,
  );

describe('check', () => {
  test.for([
    ['prints what a rule finds', '', DOT, ['EXTERNAL_NAME_FINAL_DOT']],
    ['leaves out a rule with --disable', '--disable external-name-final-dot', DOT, []],
    ['leaves out several', '--disable external-name-loop,EXTERNAL_NAME_FINAL_DOT', DOT, []],
    [
      'leaves out a finding with a comment on its line',
      '',
      DOT.replace('com.', 'com. # svcdns-lint: disable=external-name-final-dot'),
      [],
    ],
    [
      'leaves out a problem that serve knows too',
      '',
      `# svcdns-lint: disable=external-name-is-address\n${DOT.replace('db.example.com.', '192.0.2.1')}`,
      [],
    ],
    [
      'leaves out a problem without a page, with a comment',
      '',
      `# svcdns-lint: disable=object-duplicate\n${LOCAL}---\n${LOCAL}`,
      ['OBJECT_DUPLICATE'],
    ],
    [
      'leaves out a problem without a page, with --disable',
      '--disable object-duplicate',
      `${LOCAL}---\n${LOCAL}`,
      [],
    ],
    [
      'warns of a comment about what cannot be silenced',
      '',
      `# svcdns-lint: disable=objects-kept\n${LOCAL}`,
      ['LINT_COMMENT'],
    ],
    [
      'warns of a comment about a rule that does not exist',
      '',
      `# svcdns-lint: disable=external-name-final-dots\n${DOT}`,
      ['LINT_COMMENT', 'EXTERNAL_NAME_FINAL_DOT'],
    ],
    [
      'silences no error',
      '',
      `# svcdns-lint: disable=service-invalid\n${DOT.replace('db.example.com.', 'no_name')}`,
      ['LINT_COMMENT', 'SERVICE_INVALID'],
    ],
  ] as const)('%s', async ([, line, manifest, expected]) => {
    expect(codes(await check(line, { 'k8s/db.yaml': manifest }))).toEqual(expected);
  });

  test('refuses to disable what is no rule', async () => {
    const { code, stderr } = await check('--disable external-name-lop', { 'k8s/db.yaml': DOT });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'Cannot use --disable: there is no rule "external-name-lop": did you mean external-name-loop?',
    );
  });

  test('refuses to disable what must be said, with the reason', async () => {
    const { stderr } = await check('--disable FOLDER_EMPTY', { 'k8s/db.yaml': DOT });
    expect(stderr).toContain(
      'Cannot use --disable: folder-empty cannot be silenced: nothing was read there',
    );
  });

  test('--format sarif has what a comment silences, as suppressed', async () => {
    const text = `# svcdns-lint: disable=external-name-final-dot\n${DOT}`;
    const { stdout } = await check('--format sarif', { 'k8s/db.yaml': text });
    const [result] = JSON.parse(stdout).runs[0].results;
    expect(result).toMatchObject({
      ruleId: 'EXTERNAL_NAME_FINAL_DOT',
      suppressions: [{ kind: 'inSource' }],
    });
  });

  test('--strict fails for a warning of a rule', async () => {
    const files = { 'k8s/db.yaml': DOT };
    expect((await check('', files)).code).toBe(0);
    expect((await check('--strict', files)).code).toBe(1);
  });

  test('--format json has the id of the rule', async () => {
    const { stdout } = await check('--format json', { 'k8s/db.yaml': DOT });
    expect(JSON.parse(stdout).problems).toEqual([
      {
        file: 'k8s/db.yaml',
        document: 0,
        line: 6,
        column: 17,
        severity: 'warning',
        code: 'EXTERNAL_NAME_FINAL_DOT',
        rule: 'external-name-final-dot',
        object: 'Service shop/db',
        message: expect.stringContaining('ends with a dot'),
      },
    ]);
  });

  test('--format github prints annotations, errors first, and the summary', async () => {
    const { stdout } = await check('--format github', {
      'k8s/db.yaml': DOT,
      'k8s/web,1.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: {}\n',
    });
    expect(stdout.split('\n')).toEqual([
      '::error file=k8s/web%2C1.yaml,line=4,col=7,title=SERVICE_INVALID::Service "web" is invalid: spec.ports: Required value',
      expect.stringMatching(
        /^::warning file=k8s\/db.yaml,line=6,col=17,title=EXTERNAL_NAME_FINAL_DOT::Service "db": /,
      ),
      expect.stringMatching(/^Checked 2 files: /),
      '',
    ]);
  });
});
