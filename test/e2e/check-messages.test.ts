import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { TempFolder } from '../helpers/temp-folder.ts';

// The lines that `svcdns check` prints for the mistakes of beginners, word for word.

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const service = (spec: string) =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: NAME\nspec:\n${spec}`;

const STRICT = 'warning: Service "NAME": strict decoding error: unknown field';
const NO_FIELD = 'Kubernetes has no such field here, so it is not used [MANIFEST_UNKNOWN_FIELD]';

/**
 * A mistake, the file that has it, its text, and the lines about it without the file. NAME becomes
 * the file's, without the ending.
 */
const MISTAKES: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'a mistyped type',
    'type.yaml',
    service('  type: ExteralName\n  externalName: db.example.com\n'),
    [
      '6:9: error: Service "NAME" is invalid: spec.type: Unsupported value: "ExteralName": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort": did you mean "ExternalName"? [SERVICE_INVALID]',
    ],
  ],
  [
    'unknown fields',
    'fields.yaml',
    `${service('  replicas: 2\n  ports:\n    - port: 80\n      containerPort: 8080\n      pod: x\n')}info: x\n`,
    [
      `6:3: ${STRICT} "spec.replicas": ${NO_FIELD}`,
      `9:7: ${STRICT} "spec.ports[0].containerPort": did you mean "targetPort"? [MANIFEST_UNKNOWN_FIELD]`,
      `10:7: ${STRICT} "spec.ports[0].pod": ${NO_FIELD}`,
      `11:1: ${STRICT} "info": ${NO_FIELD}`,
    ],
  ],
  [
    'an unknown field of metadata',
    'metadata.yaml',
    'apiVersion: v1\nkind: Service\nmetadata:\n  app: web\n  name: NAME\nspec:\n  ports: [{port: 80}]\n',
    [`4:3: ${STRICT} "metadata.app": ${NO_FIELD}`],
  ],
];

describe('svcdns check prints of', () => {
  const printed = new Map<string, string[]>();
  beforeAll(async () => {
    const folder = new TempFolder();
    for (const [, file, text] of MISTAKES) folder.write(file, named(text, file));
    const lines = (await check(folder.path)).split('\n');
    for (const [, file] of MISTAKES) {
      const ofFile = lines.filter((line) => line.startsWith(`${file}:`));
      printed.set(
        file,
        ofFile.map((line) => line.slice(file.length + 1)),
      );
    }
    folder.dispose();
  });

  test.for(MISTAKES)('%s', ([, file, , lines]) => {
    expect(printed.get(file)).toEqual(lines.map((line) => named(line, file)));
  });
});

function named(text: string, file: string): string {
  return text.replaceAll('NAME', file.replace(/\..*/, ''));
}

async function check(cwd: string): Promise<string> {
  const env = { PATH: process.env['PATH'], SVCDNS_STATE: 'off' };
  const run = promisify(execFile)(process.execPath, [MAIN, 'check', '.'], { cwd, env });
  // Errors end it with status 1.
  return (await run.catch((error: { stdout: string }) => error)).stdout;
}
