import { describe, expect, test } from 'vitest';
import { findings } from './linted.ts';

const SERVICES = ['shop/web', 'shop/db', 'prod/api', 'prod/queue']
  .map((path) => {
    const [namespace, name] = path.split('/');
    return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { clusterIP: None, ports: [{ port: 80 }] }\n`;
  })
  .join('---\n');

/** A CronJob of namespace shop whose container has the variable. */
function told(value: string, more = ''): string {
  return `${SERVICES}---
apiVersion: batch/v1
kind: CronJob
metadata: { name: app, namespace: shop }
spec:
  jobTemplate:
    spec:
      template:
        spec:
          ${more}
          containers:
          - { name: app, env: [{ name: PEER, value: ${JSON.stringify(value)} }] }
`;
}

const AT = '31:53';

describe('a variable has no finding with', () => {
  test.for([
    ['http://web'],
    ['http://web:8080/path?a=b'],
    ['postgres://user:secret@db:5432/shop'],
    ['db:5432'],
    ['db-0.db:5432'],
    ['http://api.prod'],
    ['http://api.prod.svc'],
    ['api.prod.svc.cluster.local.'],
    ['api-0.api.prod.svc.cluster.local'],
    ['https://kubernetes.default.svc'],
    // Others' namespaces, and names that are no Service's.
    ['http://api.other.svc.cluster.local'],
    ['http://api.example.com'],
    ['https://example.com:443'],
    ['http://localhost:80'],
    ['http://127.0.0.1:80'],
    ['http://[::1]:80'],
    ['file:///etc/web.conf'],
    ['cache:6379'],
    ['web'],
    ['12:30'],
    ['no such text: http:// and more'],
    // What is put together when the Pod starts, and suffixes and patterns.
    ['http://$(HOST).prod.svc'],
    ['http://nope-$(N).prod.svc.cluster.local'],
    ['.svc,.cluster.local,*.prod.svc,.prod.svc.cluster.local'],
    ['{{ .Name }}.prod.svc'],
  ] as const)('%j', async ([value]) => {
    expect(await findings(told(value))).toEqual([]);
  });
});

describe('a variable has the finding', () => {
  const found = (severity: string, text: string) => [
    `${AT} ${severity} UNKNOWN_SERVICE_REFERENCE CronJob "app": env PEER: ${text}`,
  ];

  test.for([
    [
      'http://ap.prod.svc:80',
      'warning',
      'ap.prod.svc leads to Service prod/ap, which does not exist: did you mean api?',
    ],
    [
      'cron.prod.svc.cluster.local',
      'hint',
      'cron.prod.svc.cluster.local leads to Service prod/cron, which does not exist',
    ],
    [
      'http://api.produ.svc',
      'warning',
      'api.produ.svc leads to namespace produ, which no manifest has: did you mean prod?',
    ],
    ['http://cron.prod/', 'hint', 'cron.prod leads to Service prod/cron, which does not exist'],
    ['http://api', 'warning', 'api is no Service of namespace shop: expected api.prod'],
    ['queue:5672', 'warning', 'queue is no Service of namespace shop: expected queue.prod'],
    ['http://wbe', 'warning', 'wbe is no Service of namespace shop: did you mean web?'],
    ['--to=http://wbe', 'warning', 'wbe is no Service of namespace shop: did you mean web?'],
    ['http://billing:80', 'hint', 'billing is no Service of namespace shop'],
  ] as const)('with %j', async ([value, severity, text]) => {
    expect(await findings(told(value))).toEqual(found(severity, text));
  });

  test('when only the name of the variable says that it is an address', async () => {
    const address = told('billing:80').replace('PEER', 'BILLING_ADDR');
    expect(await findings(address)).toEqual([
      expect.stringContaining('env BILLING_ADDR: billing is no Service of namespace shop'),
    ]);
  });

  test('behind a flag', async () => {
    const args = told('x').replace('env:', 'args: ["--queue=queue:5672"], env:');
    expect(await findings(args)).toEqual([
      expect.stringContaining(
        'args[0]: queue is no Service of namespace shop: expected queue.prod',
      ),
    ]);
  });

  test('unless hostAliases know the host', async () => {
    const alias = 'hostAliases: [{ ip: 192.0.2.1, hostnames: [billing] }]';
    expect(await findings(told('http://billing:80', alias))).toEqual([]);
  });

  test('once for each host that a workload names', async () => {
    const args = told('http://wbe').replace('env:', 'args: ["--to=http://wbe"], env:');
    expect(await findings(args)).toHaveLength(1);
  });
});
