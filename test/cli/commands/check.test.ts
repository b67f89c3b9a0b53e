import { describe, expect, test } from 'vitest';
import { BAD, folderWith, WEB } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const COREFILE = `cluster.local:1053 {
  kubernetes {
    manifests k8s
  }
}
`;
const NO_SOURCE = 'cluster.local {\n  kubernetes\n}\n';
const UNKNOWN = '. {\n  kubernets\n}\n';

/** Runs `svcdns check` in a folder with these files. */
async function check(
  line: string,
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Outcome> {
  return new TestIo({ cwd: folderWith(files), env }).outcome(`check ${line}`);
}

/** What is said of each of these folders, as it is seldom wrong to be without. */
const BASICS = 'hint CLUSTER_BASICS_MISSING';

/** `error CODE` of each other problem, in the order printed. */
function found({ stdout }: Outcome): string[] {
  const all = stdout.matchAll(/: (error|warning|hint): .*\[([A-Z_]+)\]$/gm);
  return [...all]
    .map(([, severity, code]) => `${severity} ${code}`)
    .filter((text) => text !== BASICS);
}

describe('check exits with', () => {
  test.for([
    ['a clean folder', 'k8s', { 'k8s/web.yaml': WEB }, 0, []],
    ['a clean file', 'web.yaml', { 'web.yaml': WEB }, 0, []],
    ['a manifest without an ending', 'web', { web: `# A manifest\n${WEB}` }, 0, []],
    ['a wrong manifest without an ending', 'bad', { bad: BAD }, 1, ['error SERVICE_INVALID']],
    ['the default folder', '', { 'zones/web.yaml': WEB }, 0, []],
    ['a wrong Service', 'k8s', { 'k8s/bad.yaml': BAD }, 1, ['error SERVICE_INVALID']],
    ['a wrong file', 'bad.json', { 'bad.json': '{' }, 1, ['error MANIFEST_SYNTAX']],
    ['a clean Corefile', 'Corefile', { Corefile: COREFILE, 'k8s/web.yaml': WEB }, 0, []],
    [
      'the Corefile in a folder of manifests',
      'k8s',
      { 'k8s/web.yaml': WEB, 'k8s/Corefile': '. {\n  whoamii\n}\n' },
      1,
      ['error COREFILE_UNKNOWN_DIRECTIVE'],
    ],
    [
      'an unknown directive and a wrong option at once',
      'Corefile',
      { Corefile: '.:1053 {\n  foward . 1.1.1.1\n  cache 0\n  whoami\n}\n' },
      1,
      ['error COREFILE_UNKNOWN_DIRECTIVE', 'error PLUGIN_OPTION'],
    ],
    [
      'wrong options of kubernetes, forward and prometheus at once',
      'Corefile',
      {
        Corefile:
          '.:1053 {\n  kubernetes cluster.local {\n    ttll 4\n  }\n  forward . 127.0.0.1 {\n    policy x\n  }\n  prometheus :99999\n}\n',
      },
      1,
      ['error COREFILE_UNKNOWN_OPTION', 'error PLUGIN_OPTION', 'error COREFILE_OPTION'],
    ],
    [
      'its manifests',
      'Corefile',
      { Corefile: COREFILE, 'k8s/bad.yaml': BAD },
      1,
      ['error SERVICE_INVALID'],
    ],
    [
      'manifests instead of its own',
      'Corefile mine',
      { Corefile: COREFILE, 'k8s/bad.yaml': BAD, 'mine/web.yaml': WEB },
      0,
      [],
    ],
    [
      '--config',
      '--config Corefile',
      { Corefile: COREFILE, 'k8s/bad.yaml': BAD },
      1,
      ['error SERVICE_INVALID'],
    ],
    [
      'a wrong Corefile',
      'Corefile',
      { Corefile: UNKNOWN },
      1,
      ['error COREFILE_UNKNOWN_DIRECTIVE'],
    ],
    [
      'the manifests of every kubernetes block, each once',
      'Corefile',
      {
        Corefile: `${COREFILE}${COREFILE.replace('cluster.local:1053', 'b.org')}${COREFILE.replace('cluster.local:1053', 'c.org').replace('k8s', 'other')}`,
        'k8s/bad.yaml': BAD,
        'other/bad.yaml': BAD,
      },
      1,
      ['error SERVICE_INVALID', 'error SERVICE_INVALID'],
    ],
    [
      'a Corefile in which nothing answers',
      'Corefile',
      { Corefile: '. {\n  errors\n}\n' },
      0,
      ['warning COREFILE_NOTHING_ANSWERS'],
    ],
    ['an empty Corefile', 'Corefile', { Corefile: '' }, 1, ['error COREFILE_NOTHING_TO_SERVE']],
    [
      'a Corefile without a source',
      'Corefile',
      { Corefile: NO_SOURCE },
      0,
      ['warning COREFILE_NO_SOURCE'],
    ],
    ['--strict', 'Corefile --strict', { Corefile: NO_SOURCE }, 1, ['warning COREFILE_NO_SOURCE']],
    [
      'a Corefile and its source',
      'Corefile k8s --strict',
      { Corefile: NO_SOURCE, 'k8s/web.yaml': WEB },
      0,
      [],
    ],
  ] as const)('the right code for %s', async ([, line, files, code, problems]) => {
    const outcome = await check(line, { ...files });
    expect(found(outcome)).toEqual(problems);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toBe('');
  });

  test('1 for a Corefile that the environment names', async () => {
    const outcome = await check('', { Corefile: UNKNOWN }, { SVCDNS_CONFIG: 'Corefile' });
    expect(found(outcome)).toEqual(['error COREFILE_UNKNOWN_DIRECTIVE']);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('Checked the configuration: 1 error, 0 warnings, 0 hints\n');
  });
});

describe('check says what was meant by a path that leads nowhere', () => {
  test('on the command line', async () => {
    const { code, stderr } = await check('k8z', { 'k8s/web.yaml': WEB });
    expect(stderr).toContain(
      "Cannot read 'k8z': there is no such file or folder: did you mean 'k8s'?",
    );
    expect(code).toBe(2);
  });

  test.for([
    ['', {}, 'Corefile:2:3: '],
    ['Corefile', {}, 'Corefile:2:3: '],
    ['--config off', { SVCDNS_MANIFESTS: 'k8z' }, 'SVCDNS_MANIFESTS: '],
  ] as const)('in the settings (check %s)', async ([line, env, origin]) => {
    const files = { Corefile: COREFILE.replace('k8s', 'k8z'), 'k8s/web.yaml': WEB };
    const { code, stdout } = await check(line, files, env);
    expect(stdout).toContain(
      "error: Cannot find 'k8z': there is no such file or folder: did you mean 'k8s'? [CONFIG_MANIFESTS]",
    );
    expect(stdout).toContain(origin);
    expect(code).toBe(1);
  });
});

test('check takes no pipe or device for a Corefile', async () => {
  const { code, stderr } = await check('/dev/null', {});
  expect(code).toBe(2);
  expect(stderr).toContain(
    "Cannot read '/dev/null': it is a pipe or a device: give manifests on standard input, as -, or a Corefile by --config",
  );
});

describe('check prints', () => {
  test('problems by file, line and column, and a last line that sums up', async () => {
    const { stdout } = await check('k8s', {
      'k8s/b.yaml': `${WEB}---\n${BAD}`,
      'k8s/a.yaml': `${BAD.replace('70000', '0').replace('bad', 'Bad')}`,
    });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 4).map((line) => line.replace(/(error|hint): .*/, '$1'))).toEqual([
      expect.stringMatching(/k8s:1:1: hint$/),
      expect.stringMatching(/k8s\/a\.yaml:3:\d+: error$/),
      expect.stringMatching(/k8s\/a\.yaml:5:\d+: error$/),
      expect.stringMatching(/k8s\/b\.yaml:12:\d+: error$/),
    ]);
    expect(lines[4]).toBe(
      'Checked 2 files: 1 Service (1 ClusterIP, 0 headless, 0 ExternalName), 0 endpoints, 0 Pods, ' +
        '1 namespace; 3 errors, 0 warnings, 1 hint',
    );
    expect(lines.slice(5)).toEqual(['']);
  });

  test('the same as JSON', async () => {
    const files = {
      'web.yaml': WEB,
      'bad.yaml': BAD,
      'd.yaml': 'kind: Secret\napiVersion: v1\nmetadata: {name: s}\n',
    };
    const { stdout, code } = await check('. --format json', files);
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report.problems).toEqual([
      expect.objectContaining({ severity: 'hint', code: 'CLUSTER_BASICS_MISSING' }),
      {
        file: expect.stringMatching(/bad\.yaml$/),
        document: 0,
        line: 5,
        column: expect.any(Number),
        severity: 'error',
        code: 'SERVICE_INVALID',
        message: expect.stringContaining('spec.ports[0].port: Invalid value: 70000'),
        object: 'Service shop/bad',
      },
    ]);
    expect(report.summary).toMatchObject({
      files: 3,
      refusedDocuments: 1,
      clusterIP: 1,
      headless: 0,
      passedOver: { Secret: 1 },
      errors: 1,
      warnings: 0,
      hints: 1,
    });
  });
});
