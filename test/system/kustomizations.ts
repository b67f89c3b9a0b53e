/** Files by path: `dev` in each is what is built, `base` what most of them build on. */
export type Tree = Readonly<Record<string, string>>;

const KUSTOMIZATION = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';

const BASE: Tree = {
  'base/kustomization.yaml': `${KUSTOMIZATION}resources: [web.yaml, db.yaml]\n`,
  'base/web.yaml': `# The shop itself
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: { tier: front }
  annotations: { shown: "yes" }
spec:
  clusterIP: 10.96.1.1
  selector: { app: web }
  ports:
    - { name: http, port: 80, targetPort: 8080 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "web:1", envFrom: [{ configMapRef: { name: settings } }] }]
---
apiVersion: v1
kind: Pod
metadata: { name: web-0, labels: { app: web } }
spec: { containers: [{ name: web, image: "web:1" }] }
status:
  podIP: 10.244.0.9
  podIPs: [{ ip: 10.244.0.9 }]
  conditions: [{ type: Ready, status: "True" }]
`,
  'base/db.yaml': `apiVersion: v1
kind: Service
metadata: { name: db }
spec:
  clusterIP: None
  ports: [{ name: sql, port: 5432 }]
---
apiVersion: v1
kind: Service
metadata: { name: mail }
spec: { type: ExternalName, externalName: smtp.example.org }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
endpoints: [{ addresses: [10.244.0.5], hostname: db-0 }, { addresses: [10.244.0.6] }]
ports: [{ name: sql, port: 5432 }]
`,
};

/** `dev`, built on `base`. */
const onBase = (lines: string, more: Tree = {}): Tree => ({
  ...BASE,
  'dev/kustomization.yaml': `${KUSTOMIZATION}resources: [../base]\n${lines}`,
  ...more,
});

/** What a kustomization may do to names and addresses. */
export const KUSTOMIZATIONS: readonly (readonly [what: string, tree: Tree])[] = [
  [
    'resources of its own',
    {
      'dev/kustomization.yaml': `${KUSTOMIZATION}resources: [sub/web.yaml, db.yaml]\n`,
      'dev/sub/web.yaml': BASE['base/web.yaml'] ?? '',
      'dev/db.yaml': BASE['base/db.yaml'] ?? '',
    },
  ],
  ['another base alone', onBase('')],
  ['namespace', onBase('namespace: shop\n')],
  ['namePrefix', onBase('namePrefix: a-\n')],
  ['nameSuffix', onBase('nameSuffix: -v2\n')],
  [
    'namespace, namePrefix and nameSuffix',
    onBase('namespace: shop\nnamePrefix: a-\nnameSuffix: -z\n'),
  ],
  [
    'a strategic patch written in place',
    onBase(`patches:
  - patch: |
      apiVersion: v1
      kind: Service
      metadata: { name: web }
      spec: { clusterIP: 10.96.1.2, ports: [{ name: admin, port: 81 }] }
`),
  ],
  [
    'a strategic patch in a file',
    onBase('patches: [{ path: patch.yaml }]\n', {
      'dev/patch.yaml': `apiVersion: v1
kind: Service
metadata: { name: db }
spec: { publishNotReadyAddresses: true, ports: [{ name: more, port: 5433 }] }
`,
    }),
  ],
  [
    'patchesStrategicMerge',
    onBase('patchesStrategicMerge: [patch.yaml]\n', {
      'dev/patch.yaml': `apiVersion: v1
kind: Service
metadata: { name: mail }
spec: { externalName: mx.example.org }
`,
    }),
  ],
  [
    'a patch that deletes',
    onBase(`patches:
  - patch: |
      $patch: delete
      apiVersion: v1
      kind: Service
      metadata: { name: mail }
`),
  ],
  [
    'a JSON 6902 patch written in place',
    onBase(`patches:
  - target: { kind: Service, name: web }
    patch: |
      - { op: replace, path: /spec/clusterIP, value: 10.96.1.3 }
      - { op: add, path: /spec/ports/-, value: { name: extra, port: 8443 } }
`),
  ],
  [
    'patchesJson6902, from a file',
    onBase(
      `patchesJson6902:
  - target: { version: v1, kind: Service, name: db }
    path: patch.json
`,
      { 'dev/patch.json': '[{ "op": "replace", "path": "/spec/ports/0/name", "value": "pg" }]\n' },
    ),
  ],
  [
    'a patch for all with a label or an annotation',
    onBase(`patches:
  - target: { labelSelector: tier=front }
    patch: '[{ "op": "add", "path": "/spec/clusterIP", "value": "10.96.1.4" }]'
  - target: { annotationSelector: shown=yes }
    patch: '[{ "op": "replace", "path": "/metadata/name", "value": "shop" }]'
    options: { allowNameChange: true }
`),
  ],
  ['commonLabels, in selectors too', onBase('commonLabels: { team: a }\n')],
  [
    'labels with and without selectors',
    onBase(`labels:
  - { pairs: { team: a }, includeSelectors: true }
  - { pairs: { env: dev } }
`),
  ],
  [
    'commonAnnotations',
    onBase('commonAnnotations: { external-dns.alpha.kubernetes.io/hostname: a.example.org }\n'),
  ],
  [
    'images and replicas',
    onBase(`images: [{ name: web, newName: other/web, newTag: "2" }]
replicas: [{ name: web, count: 5 }]
`),
  ],
  [
    'generators of ConfigMaps and Secrets',
    onBase(
      `configMapGenerator:
  - { name: settings, literals: [a=b], files: [app.properties], envs: [.env] }
secretGenerator: [{ name: key, literals: [password=x] }]
generatorOptions: { labels: { made: "yes" } }
`,
      { 'dev/app.properties': 'x=1\n', 'dev/.env': 'Y=2\n' },
    ),
  ],
  [
    'a component',
    onBase('components: [../extra]\n', {
      'extra/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [cache.yaml]
patches: [{ target: { kind: Service, name: web }, patch: '[{ "op": "replace", "path": "/spec/clusterIP", "value": "10.96.1.5" }]' }]
`,
      'extra/cache.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: { name: cache }\nspec: { clusterIP: 10.96.1.6, ports: [{ port: 6379 }] }\n',
    }),
  ],
  [
    'replacements',
    onBase(`replacements:
  - source: { kind: Service, name: db, fieldPath: "spec.ports.0.port" }
    targets: [{ select: { kind: Service, name: web }, fieldPaths: ["spec.ports.0.port"] }]
`),
  ],
  [
    'vars',
    onBase(`vars: [{ name: MAIL, objref: { apiVersion: v1, kind: Service, name: mail }, fieldref: { fieldpath: spec.externalName } }]
`),
  ],
  [
    'the same base twice, in two namespaces',
    {
      ...BASE,
      'one/kustomization.yaml': 'resources: [../base]\nnamespace: one\n',
      'two/kustomization.yaml': 'resources: [../base]\nnamespace: two\nnameSuffix: -b\n',
      'dev/kustomization.yaml': 'resources: [../one, ../two]\nnamePrefix: x-\n',
    },
  ],
  [
    'a chain of bases, under the other names of a kustomization',
    {
      ...BASE,
      'one/kustomization.yml': 'resources: [../base]\nnamePrefix: one-\n',
      'two/Kustomization': 'resources: [../one]\nnamePrefix: two-\n',
      'dev/kustomization.yaml': 'resources: [../two]\nnamespace: shop\n',
    },
  ],
  [
    'a List',
    onBase('namespace: shop\n', {
      'base/kustomization.yaml': 'resources: [list.yaml]\n',
      'base/list.yaml': `apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Service, metadata: { name: a }, spec: { clusterIP: 10.96.2.1, ports: [{ port: 1 }] } }
  - { apiVersion: v1, kind: Service, metadata: { name: b }, spec: { clusterIP: 10.96.2.2, ports: [{ port: 2 }] } }
`,
    }),
  ],
  [
    'transformers and generators that are built in',
    onBase(
      `transformers: [prefix.yaml]
generators: [made.yaml]
`,
      {
        'dev/prefix.yaml':
          'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: { name: p }\nprefix: t-\nfieldSpecs: [{ path: metadata/name, kind: Service }]\n',
        'dev/made.yaml':
          'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: { name: made }\nliterals: [a=b]\n',
      },
    ),
  ],
  [
    'notes on where everything comes from',
    onBase('buildMetadata: [originAnnotations, managedByLabel]\n'),
  ],
  [
    'namespaces that are objects themselves',
    onBase('namespace: shop\n', {
      'base/kustomization.yaml': 'resources: [web.yaml, ns.yaml]\n',
      'base/ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: any }\n',
    }),
  ],
];
