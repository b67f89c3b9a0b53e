import type { Tree } from './kustomizations.ts';

/** A chart: its files, and the words behind `helm:` that render it. */
export interface Chart {
  readonly what: string;
  readonly tree: Tree;
  /** The chart, and what stands behind `?`. */
  readonly chart: string;
  readonly values?: readonly string[];
  readonly release?: string;
  readonly namespace?: string;
}

const chartFile = (name: string, more = '') =>
  `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
spec:
  clusterIP: {{ .Values.clusterIP }}
  ports:
    {{- range .Values.ports }}
    - { name: {{ .name }}, port: {{ .port }} }
    {{- end }}
`;

const DEFAULTS = 'clusterIP: 10.96.3.1\nports: [{ name: http, port: 80 }]\n';

export const CHARTS: readonly Chart[] = [
  {
    what: 'with values of its own',
    tree: {
      'web/Chart.yaml': chartFile('web'),
      'web/values.yaml': DEFAULTS,
      'web/templates/svc.yaml': SERVICE,
      'web/templates/NOTES.txt': 'Installed {{ .Release.Name }}\n',
    },
    chart: 'web',
  },
  {
    what: 'with two files of values, a release and a namespace',
    tree: {
      'web/Chart.yaml': chartFile('web'),
      'web/values.yaml': DEFAULTS,
      'web/templates/svc.yaml': SERVICE,
      'a.yaml': 'clusterIP: 10.96.3.2\nports: [{ name: a, port: 1 }, { name: b, port: 2 }]\n',
      'b,1.yaml': 'clusterIP: 10.96.3.3\n',
    },
    chart: 'web',
    values: ['a.yaml', 'b,1.yaml'],
    release: 'prod',
    namespace: 'shop',
  },
  {
    what: 'with charts inside, one of them switched off',
    tree: {
      'all/Chart.yaml': chartFile(
        'all',
        'dependencies:\n  - { name: cache, version: 1.0.0, alias: redis }\n  - { name: mail, version: 1.0.0, condition: mail.enabled }\n',
      ),
      'all/values.yaml': `${DEFAULTS}redis: { clusterIP: 10.96.3.4 }\nmail: { enabled: false }\n`,
      'all/templates/svc.yaml': SERVICE,
      'all/charts/cache/Chart.yaml': chartFile('cache'),
      'all/charts/cache/values.yaml': DEFAULTS,
      'all/charts/cache/templates/svc.yaml': SERVICE,
      'all/charts/mail/Chart.yaml': chartFile('mail'),
      'all/charts/mail/values.yaml': DEFAULTS,
      'all/charts/mail/templates/svc.yaml': SERVICE,
    },
    chart: 'all',
    namespace: 'shop',
  },
  {
    what: 'of workloads, hooks and tests',
    tree: {
      'db/Chart.yaml': chartFile('db', 'kubeVersion: ">=1.20.0-0"\n'),
      'db/values.yaml': 'replicas: 3\n',
      'db/templates/_helpers.tpl': '{{ define "db.labels" }}app: {{ .Release.Name }}{{ end }}',
      'db/templates/db.yaml': `{{- if .Capabilities.APIVersions.Has "apps/v1" }}
apiVersion: v1
kind: Service
metadata: { name: db, namespace: {{ .Release.Namespace }} }
spec: { clusterIP: None, selector: { {{ include "db.labels" . }} }, ports: [{ name: sql, port: 5432 }] }
---
{{- range $at := until (int .Values.replicas) }}
apiVersion: v1
kind: Pod
metadata: { name: db-{{ $at }}, labels: { {{ include "db.labels" $ }} } }
spec: { hostname: db-{{ $at }}, subdomain: db, containers: [{ name: db, image: db }] }
status: { podIP: 10.244.1.{{ $at }}, podIPs: [{ ip: 10.244.1.{{ $at }} }], conditions: [{ type: Ready, status: "True" }] }
---
{{- end }}
{{- end }}
`,
      'db/templates/hook.yaml': `apiVersion: v1
kind: Service
metadata: { name: before, annotations: { helm.sh/hook: pre-install } }
spec: { clusterIP: 10.96.3.5, ports: [{ port: 1 }] }
`,
      'db/templates/tests/test.yaml': `apiVersion: v1
kind: Service
metadata: { name: only-in-tests, annotations: { helm.sh/hook: test } }
spec: { clusterIP: 10.96.3.6, ports: [{ port: 1 }] }
`,
    },
    chart: 'db',
    release: 'one',
    namespace: 'data',
  },
  {
    what: 'with templates of a library, and names that are made up',
    tree: {
      'app/Chart.yaml': chartFile('app', 'dependencies: [{ name: lib, version: 1.0.0 }]\n'),
      'app/values.yaml': DEFAULTS,
      'app/templates/svc.yaml':
        '{{ include "lib.service" . }}\n---\n{{ tpl (.Files.Get "files/extra.yaml") . }}\n',
      'app/files/extra.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: { name: {{ .Chart.Name }}-extra, namespace: own }\nspec: { clusterIP: 10.96.3.7, ports: [{ port: 2 }] }\n',
      'app/charts/lib/Chart.yaml': chartFile('lib', 'type: library\n'),
      'app/charts/lib/templates/_service.tpl': `{{ define "lib.service" }}${SERVICE}{{ end }}`,
    },
    chart: 'app',
    namespace: 'shop',
  },
];
