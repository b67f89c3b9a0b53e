import { expect, test } from 'vitest';
import { NodePorts } from '../../../src/controllers/addresses/node-ports.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { Manifests, service } from '../../registry/load-text.ts';

/** A registry and node ports that follow files. */
class Ports {
  readonly #manifests = new Manifests();
  readonly #ports = new NodePorts();

  put(file: string, text: string | undefined): this {
    this.#ports.update(this.#manifests.registry, this.#manifests.take([[file, text]]));
    return this;
  }

  problems(): string[] {
    return this.#ports.problems().map(problemText);
  }
}

const node = (ref: string, ports: string, type = 'NodePort') =>
  service(ref, `{type: ${type}, ports: [${ports}]}`);

/** The second one is complained of where its node port stands. */
const clash = (second: string) =>
  `b.yaml:2:${columnOf(second, 'nodePort')}: warning: Service "hs-svc": spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated: Service default/np-svc at a.yaml:2:143 has it [NODE_PORT_TAKEN]`;

/** Where the value behind a key stands in the document's one line, from 1. */
function columnOf(document: string, key: string): number {
  const line = document.split('\n')[1] ?? '';
  return line.lastIndexOf(`${key}: `) + `${key}: `.length + 1;
}

test.each([
  ['in one namespace', node('default/hs-svc', '{port: 80, nodePort: 30000}')],
  ['of another protocol', node('default/hs-svc', '{port: 80, protocol: UDP, nodePort: 30000}')],
  ['of a load balancer', node('default/hs-svc', '{port: 80, nodePort: 30000}', 'LoadBalancer')],
  ['in another namespace', node('infra/hs-svc', '{port: 80, nodePort: 30000}')],
])('NodePorts warns of a port that two Services name, %s', (_, second) => {
  const first = node('default/np-svc', '{port: 80, nodePort: 30000}');
  const ports = new Ports().put('b.yaml', second).put('a.yaml', first);
  expect(ports.problems()).toEqual([clash(second)]);
  expect(ports.put('a.yaml', undefined).problems()).toEqual([]);
  expect(ports.put('a.yaml', first).problems()).toEqual([clash(second)]);
  expect(ports.put('b.yaml', node('default/hs-svc', '{port: 80}')).problems()).toEqual([]);
});

test('NodePorts names the entry of the list and every Service but the first', () => {
  const ports = new Ports()
    .put(
      'c.yaml',
      node('shop/c', '{name: a, port: 1, nodePort: 30001}, {name: b, port: 2, nodePort: 30002}'),
    )
    .put('a.yaml', node('shop/a', '{port: 2, nodePort: 30002}'))
    .put('b.yaml', node('shop/b', '{port: 2, nodePort: 30002}'));
  expect(ports.problems().map((text) => text.slice(0, text.indexOf(': Invalid')))).toEqual([
    'b.yaml:2:134: warning: Service "b": spec.ports[0].nodePort',
    'c.yaml:2:180: warning: Service "c": spec.ports[1].nodePort',
  ]);
});

test('NodePorts has nothing to say of TCP and UDP of one Service, or of ports that nobody named', () => {
  const both =
    '{name: a, port: 53, nodePort: 30053}, {name: b, port: 53, protocol: UDP, nodePort: 30053}';
  const ports = new Ports()
    .put('a.yaml', node('shop/dns', both))
    .put('b.yaml', node('shop/b', '{port: 80}') + node('shop/c', '{port: 80}'));
  expect(ports.problems()).toEqual([]);
});
