import { describe, expect, test } from 'vitest';
import { findings } from './linted.ts';

/** ExternalName Services, one a line: `NAMESPACE/NAME HOST`; a Service with an address without. */
function services(...lines: readonly string[]): string {
  return lines
    .map((line) => {
      const [place = '', host] = line.split(' ');
      const [namespace, name] = place.split('/');
      const spec =
        host === undefined
          ? 'ports: [{ port: 80 }]'
          : `type: ExternalName\n  externalName: ${host}`;
      return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec:\n  ${spec}\n`;
    })
    .join('---\n');
}

const LOOP = 'warning EXTERNAL_NAME_LOOP';
const LOST = 'warning EXTERNAL_NAME_MISSING_SERVICE';

describe('an ExternalName has findings when', () => {
  test.for([
    [
      'it leads to itself',
      ['a/one one.a.svc.cluster.local'],
      [
        `6:17 ${LOOP} Service "one": its alias leads back to it, so it has no address (Service a/one → Service a/one): name the host that is meant`,
      ],
    ],
    [
      'it is in a circle of three, which is reported once',
      [
        'a/start one.a.svc.cluster.local',
        'a/one two.b.svc.cluster.local',
        'b/two three.c.svc.cluster.local',
        'c/three one.a.svc.cluster.local',
      ],
      [
        `13:17 ${LOOP} Service "one": its alias leads back to it, so it has no address (Service a/one → Service b/two → Service c/three → Service a/one): name the host that is meant`,
      ],
    ],
    ['it leads to a Service', ['a/one web.b.svc.cluster.local', 'b/web'], []],
    ['it leads to an endpoint of one', ['a/one web-0.web.b.svc.cluster.local', 'b/web'], []],
    ['it leads outside', ['a/one example.com', 'a/two my.svc.example.com'], []],
    ['it leads to a namespace of somebody else', ['a/one web.other.svc.cluster.local'], []],
    ['it leads to the API server', ['default/one kubernetes.default.svc.cluster.local'], []],
    [
      'the Service is misspelt',
      ['a/one wbe.b.svc.cluster.local', 'b/web'],
      [
        `6:17 ${LOST} Service "one": spec.externalName: "wbe.b.svc.cluster.local" leads to Service b/wbe, which does not exist: did you mean web?`,
      ],
    ],
    [
      'the namespace is misspelt',
      ['a/one web.produ.svc.cluster.local', 'prod/web'],
      [
        `6:17 ${LOST} Service "one": spec.externalName: "web.produ.svc.cluster.local" leads to namespace produ, which no manifest has: did you mean prod?`,
      ],
    ],
    [
      'the zone is missing',
      ['a/one web.b.svc', 'b/web'],
      [
        `6:17 ${LOST} Service "one": spec.externalName: "web.b.svc" is absolute, so no search domain makes web.b.svc.cluster.local of it: write web.b.svc.cluster.local`,
      ],
    ],
    [
      'only the name of a Service next to it is there',
      ['a/one web', 'a/web'],
      [
        `6:17 ${LOST} Service "one": spec.externalName: "web" is absolute, so no search domain makes web.a.svc.cluster.local of it: write web.a.svc.cluster.local`,
      ],
    ],
    [
      'it ends with a dot',
      ['a/one example.com.'],
      [
        `6:17 warning EXTERNAL_NAME_FINAL_DOT Service "one": spec.externalName: "example.com." ends with a dot, which Ingress controllers and TLS take for a part of the host's name: an ExternalName is absolute without it`,
      ],
    ],
  ] as const)('%s', async ([, lines, expected]) => {
    expect(await findings(services(...lines))).toEqual(expected);
  });
});
