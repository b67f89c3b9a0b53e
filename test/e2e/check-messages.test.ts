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

const NUMBERED =
  'Cannot read this document: found line numbers before its lines, as nl and cat -n print them, expected the lines alone [MANIFEST_SYNTAX]';
const gone = (kind: string, version: string, since: string) =>
  `no matches for kind "${kind}" in version "${version}" since Kubernetes ${since}`;

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
  ...Object.entries({
    svc: ['v1', 'Service'],
    SVC: ['v1', 'Service'],
    po: ['v1', 'Pod'],
    ns: ['v1', 'Namespace'],
    ep: ['v1', 'Endpoints'],
    deploy: ['apps/v1', 'Deployment'],
    sts: ['apps/v1', 'StatefulSet'],
    ing: ['networking.k8s.io/v1', 'Ingress'],
  } as const).map(([kind, [version, meant]]) => {
    const text = `apiVersion: ${version}\nkind: ${kind}\nmetadata: { name: NAME }\n`;
    const line = `2:7: error: kind "${kind}" is not a kind: write kind: ${meant} (kubectl: no matches for kind "${kind}" in version "${version}") [MANIFEST_KIND]`;
    return [`kubectl's short name ${kind}`, `kind-${kind}.yaml`, text, [line]] as const;
  }),
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
    'an unknown field far inside',
    'inside.yaml',
    service(
      '  ports: [{port: 80}]\n  sessionAffinity: ClientIP\n  sessionAffinityConfig:\n    clientIP:\n      timeout: 5\n',
    ),
    [`10:7: ${STRICT} "spec.sessionAffinityConfig.clientIP.timeout": ${NO_FIELD}`],
  ],
  [
    'a key that stands twice',
    'twice.yaml',
    service('  clusterIP: None\n  ports: [{port: 80}]\n  clusterIP: 10.96.0.9\n'),
    [
      "8:3: error: Cannot read this document: found key 'clusterIP' again, first written on line 6, expected it once [MANIFEST_DUPLICATE_KEY]",
    ],
  ],
  [
    'an unknown field of metadata',
    'metadata.yaml',
    'apiVersion: v1\nkind: Service\nmetadata:\n  app: web\n  name: NAME\nspec:\n  ports: [{port: 80}]\n',
    [`4:3: ${STRICT} "metadata.app": ${NO_FIELD}`],
  ],
  ...['nl', 'cat'].map((tool) => {
    const lines = `${service('  ports:\n    - port: 80\n')}`.trimEnd().split('\n');
    const numbered = lines.map((line, at) => `${String(at + 1).padStart(6)}\t${line}\n`).join('');
    const prompt = tool === 'nl' ? '[root@m-k8s ~]# nl nodeport.yaml\n' : '';
    const row = [
      `line numbers of ${tool}${prompt && ' below a prompt'}`,
      `${tool}.yaml`,
      prompt + numbered,
      [`${prompt === '' ? 1 : 2}:1: error: ${NUMBERED}`],
    ] as const;
    return row;
  }),
  [
    'line numbers of a manifest without a list',
    'flat.yaml',
    '1  apiVersion: v1\n2  kind: Service\n3  metadata:\n4    name: NAME\n5  spec:\n6    externalName: a.b\n',
    [`1:1: error: ${NUMBERED}`],
  ],
  [
    'a comment in JSON',
    'inside.json',
    '{\n  "apiVersion": "v1", // core\n  "kind": "Service"\n}\n',
    [
      '2:23: error: Cannot read this document: found a comment, expected none: JSON has no comments [MANIFEST_SYNTAX]',
    ],
  ],
  [
    'a comment as the first thing in JSON',
    'first.json',
    '{\n  /* core */\n  "apiVersion": "v1",\n  "kind": "Service"\n}\n',
    [
      '2:3: error: Cannot read this document: found a comment, expected none: JSON has no comments [MANIFEST_SYNTAX]',
    ],
  ],
  [
    'a comment above JSON',
    'above.json',
    '// core\n{\n  "apiVersion": "v1",\n  "kind": "Service"\n}\n',
    [
      '1:1: error: Cannot read this document: found a comment, expected none: JSON has no comments, and those of YAML begin with # [MANIFEST_SYNTAX]',
    ],
  ],
  [
    'versions that Kubernetes has removed',
    'old.yaml',
    [
      'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: NAME}\n',
      'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: NAME}\n',
      'apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: ClusterRole\nmetadata: {name: NAME}\n',
      'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: NAME}\n',
    ].join('---\n'),
    [
      `1:13: warning: Ingress "NAME": ${gone('Ingress', 'extensions/v1beta1', '1.22')}, used all the same: write apiVersion: networking.k8s.io/v1 [MANIFEST_OLD_VERSION]`,
      `5:13: warning: PodDisruptionBudget "NAME": ${gone('PodDisruptionBudget', 'policy/v1beta1', '1.25')}: write apiVersion: policy/v1 [MANIFEST_OLD_VERSION]`,
      `9:13: warning: ClusterRole "NAME": ${gone('ClusterRole', 'rbac.authorization.k8s.io/v1beta1', '1.22')}: write apiVersion: rbac.authorization.k8s.io/v1 [MANIFEST_OLD_VERSION]`,
      `13:13: warning: PodSecurityPolicy "NAME": ${gone('PodSecurityPolicy', 'policy/v1beta1', '1.25')}: Kubernetes has no such kind any more [MANIFEST_OLD_VERSION]`,
    ],
  ],
  [
    'kinds in lower case',
    'kinds.yaml',
    'apiVersion: v1\nkind: service\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: gateway\n',
    [
      '2:7: error: kind "service" is not a kind: write kind: Service (kubectl: no matches for kind "service" in version "v1") [MANIFEST_KIND]',
      '5:7: error: kind "gateway" is not a kind: write kind: Gateway (kubectl: no matches for kind "gateway" in version "gateway.networking.k8s.io/v1") [MANIFEST_KIND]',
    ],
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

test("svcdns check names Knative's Service with its group", async () => {
  const folder = new TempFolder();
  folder.write(
    'k.yaml',
    'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: k}\n',
  );
  expect(await check(folder.path)).toBe(
    'Checked 1 file: 0 Services (0 ClusterIP, 0 headless, 0 ExternalName), 0 endpoints, 0 Pods, 0 namespaces, 1 Service.serving.knative.dev passed over; 0 errors, 0 warnings, 0 hints\n',
  );
  folder.dispose();
});

test.for([
  [':53', 'Checked the configuration: 0 errors, 0 warnings, 0 hints\n'],
  [
    ':1054',
    "SVCDNS_LISTEN: hint: Ignored SVCDNS_LISTEN: the Corefile says '.:1053' at Corefile:1:1 [CONFIG_LISTEN]\nChecked the configuration: 0 errors, 0 warnings, 1 hint\n",
  ],
])(
  'svcdns check of a Corefile with SVCDNS_LISTEN=%s, which the image has as :53',
  async ([listen, lines]) => {
    const folder = new TempFolder();
    folder.write('Corefile', '.:1053 {\n  whoami\n}\n');
    expect(await check(folder.path, ['Corefile'], { SVCDNS_LISTEN: listen })).toBe(lines);
    folder.dispose();
  },
);

function named(text: string, file: string): string {
  return text.replaceAll('NAME', file.replace(/\..*/, ''));
}

async function check(cwd: string, paths = ['.'], variables = {}): Promise<string> {
  const env = { PATH: process.env['PATH'], SVCDNS_STATE: 'off', ...variables };
  const run = promisify(execFile)(process.execPath, [MAIN, 'check', ...paths], { cwd, env });
  // Errors end it with status 1.
  return (await run.catch((error: { stdout: string }) => error)).stdout;
}
