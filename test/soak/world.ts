import { blockOptions } from '../helpers/block-options.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import type { ModelAnswer } from '../model/model.ts';
import { model } from '../model/model.ts';

/** A question, and for each form that its file can take, the reply it must get then. */
export interface SoakQuestion {
  readonly name: string;
  readonly type: string;
  /** The file that decides the answer. */
  readonly file: number;
  readonly expected: readonly ModelAnswer[];
}

const ZONES = ['cluster.local', 'in-addr.arpa', 'ip6.arpa'];
export const FILES = 40;
const TYPES = ['A', 'AAAA', 'SRV', 'TXT', 'ANY', 'HTTPS'];

/** What never changes: the namespaces, and a Service that aliases point to. */
export const STATIC_MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: { name: soak }
---
apiVersion: v1
kind: Service
metadata: { name: steady, namespace: soak }
spec: { clusterIP: 10.96.200.1, ports: [{ name: http, port: 80 }] }
`;

/** Every form that file number `file` takes in turn; the last one is an empty file's stand-in. */
export function forms(file: number): string[] {
  const name = `s${file}`;
  const metadata = `metadata: { name: ${name}, namespace: soak }`;
  const service = (spec: string) =>
    `\napiVersion: v1\nkind: Service\n${metadata}\nspec: { ${spec} }\n`;
  const slice = (endpoints: string) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: soak, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints: [${endpoints}]
`;
  return [
    service(`clusterIP: 10.96.1.${file + 1}, ports: [{ name: http, port: 80 }]`),
    service(
      `ipFamilyPolicy: RequireDualStack, clusterIP: 10.96.2.${file + 1}, clusterIPs: [10.96.2.${file + 1}, "fd00:10:96::${file + 1}"], ports: [{ name: http, port: 80 }, { name: dns, port: 53, protocol: UDP }]`,
    ),
    service('clusterIP: None, ports: [{ name: http, port: 80 }]') +
      slice(
        `{ addresses: [10.1.1.${file + 1}], hostname: pod-0 }, { addresses: [10.1.2.${file + 1}] }`,
      ),
    service('clusterIP: None, ports: [{ name: http, port: 80 }]') +
      slice(`{ addresses: [10.1.3.${file + 1}], hostname: pod-1 }`),
    service('type: ExternalName, externalName: steady.soak.svc.cluster.local'),
    service('type: ExternalName, externalName: example.com'),
    `\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`,
  ];
}

/** All questions, with the model's reply for each form of the file that decides it. */
export function questions(): SoakQuestion[] {
  const options = blockOptions(ZONES, ['pods insecure']);
  const all: SoakQuestion[] = [];
  for (let file = 0; file < FILES; file++) {
    const models = forms(file).map((form) =>
      model(manifestWorld(`${STATIC_MANIFEST}\n---\n${form}`, ['127.0.0.1']), options),
    );
    const name = `s${file}.soak.svc.cluster.local.`;
    const names = [
      '',
      '_http._tcp.',
      'http.tcp.',
      '_dns._udp.',
      '_tcp.',
      'pod-0.',
      'pod-1.',
      'nope.',
    ]
      .map((prefix) => prefix + name)
      .flatMap((owner) => TYPES.map((type) => ({ name: owner, type })));
    const reverse = [`1.96.10`, `2.96.10`, `1.1.10`, `2.1.10`, `3.1.10`].map((net) => ({
      name: `${file + 1}.${net}.in-addr.arpa.`,
      type: 'PTR',
    }));
    for (const question of [...names, ...reverse]) {
      all.push({ ...question, file, expected: models.map((answer) => answer(question)) });
    }
  }
  return all;
}
