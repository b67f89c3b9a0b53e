import { describe, expect, test } from 'vitest';
import type { IngressNginx } from '../../../src/kube/objects.ts';
import { problemLines, readOne } from '../read-manifest.ts';

const ENV =
  '[{name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}, {name: DOOR, value: door}]';

/** A Deployment `c` of namespace `edge` whose container has these words on line 9. */
const deployment = (args: string, key = 'args') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: c, namespace: edge}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers: [{name: c, env: ${ENV}, ${key}: [${args}]}]
`;

const PLAIN: IngressNginx = {
  className: 'nginx',
  publishService: '',
  publishedPoints: [],
  usesInternalIPs: false,
  writesStatus: true,
};

const RUN = '/nginx-ingress-controller';

describe('readDocument reads of the arguments of ingress-nginx', () => {
  test.for<[string, Partial<IngressNginx>]>([
    [RUN, {}],
    [`${RUN}, --publish-service=$(POD_NAMESPACE)/$(DOOR)`, { publishService: 'edge/door' }],
    [
      `${RUN}, --publish-service, a/b, --ingress-class, x`,
      { publishService: 'a/b', className: 'x' },
    ],
    [`${RUN}, --publish-service=a/b, --publish-service=c/d`, { publishService: 'c/d' }],
    [
      `${RUN}, '--publish-status-address=192.0.2.1, lb.example.net.,2001:DB8::1'`,
      {
        publishedPoints: [
          { ip: '192.0.2.1', hostname: '' },
          { ip: '', hostname: 'lb.example.net' },
          { ip: '2001:db8::1', hostname: '' },
        ],
      },
    ],
    [
      `${RUN}, --report-node-internal-ip-address, --update-status=f`,
      { usesInternalIPs: true, writesStatus: false },
    ],
    [`${RUN}, 7, --ingress-class=`, {}],
  ])('%s', ([args, expected]) => {
    expect(readOne('Deployment', deployment(args)).ingressNginx).toEqual({ ...PLAIN, ...expected });
    expect(readOne('Deployment', deployment(args, 'command')).ingressNginx).toEqual({
      ...PLAIN,
      ...expected,
    });
  });

  test('nothing where something else runs', () => {
    const text = deployment('/nginx-ingress, --publish-service=a/b');
    expect(readOne('Deployment', text).ingressNginx).toBeUndefined();
  });
});

test.for([
  [
    '--publish-service=$(NOPE)/door',
    '--publish-service: found "$(NOPE)/door": expected NAMESPACE/NAME: its Ingresses get no status',
  ],
  [
    '--publish-service=$$(DOOR)',
    '--publish-service: found "$(DOOR)": expected NAMESPACE/NAME: its Ingresses get no status',
  ],
  [
    '--publish-service=a/b --publish-status-address=192.0.2.1',
    '--publish-service and --publish-status-address are mutually exclusive: ingress-nginx does not start with both',
  ],
  [
    '--publish-status-address=10.0.0.300_',
    '--publish-status-address: found "10.0.0.300_": expected addresses or host names, joined by commas',
  ],
  ['--update-status=maybe', 'found "maybe" as a switch: expected true or false'],
] as const)('readDocument says that %s cannot be used', ([args, message]) => {
  const words = [RUN, ...args.split(' ')].map((word) => `'${word}'`).join(', ');
  const lines = problemLines(deployment(words));
  expect(lines).toEqual([
    expect.stringMatching(
      /^9:\d+ warning Deployment "c": spec\.template\.spec\.containers\[0\]\.args\[1\]: /,
    ),
  ]);
  expect(lines[0]).toContain(message);
});
