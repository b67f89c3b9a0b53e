import { describe, expect, test } from 'vitest';
import { GivenNodePorts } from '../../../src/controllers/addresses/given-node-ports.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { Manifests, service } from '../../registry/load-text.ts';

/** A registry and node ports that follow files. */
class Ports {
  readonly #manifests = new Manifests();
  readonly #given: GivenNodePorts;

  /** `before` is what an earlier run gave out. */
  constructor(before?: Ports) {
    this.#given = new GivenNodePorts(before === undefined ? [] : before.#given.allocations());
  }

  /** Returns the other namespaces that changed. */
  put(file: string, text: string | undefined): string[] {
    const { registry } = this.#manifests;
    const dirty = this.#manifests.take([[file, text]]);
    return [...this.#given.update(registry, dirty)];
  }

  of(ref: string): number[] {
    return this.resolve(ref).ports.map(({ nodePort }) => nodePort);
  }

  problems(): string[] {
    return this.#given.problems().map(problemText);
  }

  resolve(ref: string) {
    const [namespace = '', name = ''] = ref.split('/');
    const found = this.#manifests.registry.namespace(namespace)?.services.get(name);
    if (found === undefined) throw new Error(`There is no Service ${ref}`);
    return this.#given.resolve(found);
  }
}

const node = (ref: string, ports: string, type = 'NodePort', more = '') =>
  service(ref, `{type: ${type}, ports: [${ports}]${more}}`);

/** Services with so many node ports in all. */
function bank(count: number): string[] {
  return Array.from({ length: Math.ceil(count / 100) }, (_, at) => {
    const length = Math.min(100, count - at * 100);
    const ports = Array.from({ length }, (_, of) => `{name: p${of}, port: ${of + 1}}`);
    return node(`bank/s${at}`, ports.join(', '));
  });
}

function portsOf(ref: string, text: string): number[] {
  const ports = new Ports();
  ports.put('a.yaml', text);
  return ports.of(ref);
}

describe('A Service whose manifest leaves node ports open', () => {
  test.for([
    ['of type NodePort', node('shop/web', '{port: 80}'), 1],
    ['of type LoadBalancer', node('shop/web', '{port: 80}', 'LoadBalancer'), 1],
    ['with two ports', node('shop/web', '{name: a, port: 80}, {name: b, port: 81}'), 2],
  ] as const)('%s gets as many as it has ports', ([, text, count]) => {
    const ports = portsOf('shop/web', text);
    expect(new Set(ports).size).toBe(count);
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(30_086);
    for (const port of ports) expect(port).toBeLessThanOrEqual(32_767);
    expect(portsOf('shop/web', text)).toEqual(ports);
  });

  test.for([
    ['of type ClusterIP', node('shop/web', '{port: 80}', 'ClusterIP'), [0]],
    [
      'that wants none',
      node('shop/web', '{port: 80}', 'LoadBalancer', ', allocateLoadBalancerNodePorts: false'),
      [0],
    ],
    ['that names one', node('shop/web', '{port: 80, nodePort: 30001}'), [30_001]],
    [
      'that names one for another protocol',
      node('shop/web', '{name: a, port: 53, nodePort: 30053}, {name: b, port: 53, protocol: UDP}'),
      [30_053, 30_053],
    ],
  ] as const)('%s gets none of its own', ([, text, expected]) => {
    expect(portsOf('shop/web', text)).toEqual(expected);
  });

  test('has one for a port of two protocols', () => {
    const text = node('shop/dns', '{name: a, port: 53}, {name: b, port: 53, protocol: UDP}');
    expect(new Set(portsOf('shop/dns', text)).size).toBe(1);
  });

  test('keeps it whatever comes, and moves when a manifest names it', () => {
    const ports = new Ports();
    ports.put('a.yaml', node('shop/web', '{port: 80}'));
    const [own = 0] = ports.of('shop/web');
    const others = Array.from({ length: 500 }, (_, at) => node(`bank/s${at}`, '{port: 80}'));
    expect(ports.put('b.yaml', others.join(''))).toEqual([]);
    expect(ports.of('shop/web')).toEqual([own]);
    const all = others.map((_, at) => ports.of(`bank/s${at}`)[0]);
    expect(new Set([own, ...all]).size).toBe(501);
    expect(ports.put('c.yaml', node('infra/x', `{port: 80, nodePort: ${own}}`))).toEqual(['shop']);
    expect(ports.of('shop/web')).not.toEqual([own]);
    expect(ports.of('shop/web')[0]).toBeGreaterThan(30_000);
  });

  test('has the same after a restart, also when it had to move, and gets it back from others', () => {
    const before = new Ports();
    before.put('a.yaml', node('shop/web', '{port: 80}'));
    const [first = 0] = before.of('shop/web');
    before.put('b.yaml', node('infra/x', `{port: 80, nodePort: ${first}}`));
    const [moved = 0] = before.of('shop/web');
    before.put('b.yaml', undefined);
    expect(before.of('shop/web')).toEqual([moved]);
    const others = bank(2766);
    before.put('c.yaml', others.join(''));

    const after = new Ports(before);
    // Those that are read first leave it alone.
    after.put('c.yaml', others.join(''));
    expect(after.of('bank/s7')).toEqual(before.of('bank/s7'));
    after.put('a.yaml', node('shop/web', '{port: 80}'));
    expect(after.of('shop/web')).toEqual([moved]);
    // Gone for a while, as at a checkout of another branch.
    after.put('a.yaml', undefined);
    after.put('d.yaml', node('shop/new', '{port: 80}'));
    expect(after.of('shop/new')).not.toEqual([moved]);
    after.put('a.yaml', node('shop/web', '{port: 80}'));
    expect(after.of('shop/web')).toEqual([moved]);
    // What is named meanwhile is not given back.
    const named = new Ports(after);
    named.put('b.yaml', node('infra/x', `{port: 80, nodePort: ${moved}}`));
    named.put('a.yaml', node('shop/web', '{port: 80}'));
    expect(named.of('shop/web')).not.toEqual([moved]);
    expect(named.of('shop/web')).not.toEqual([0]);
  });

  test('is the same object while nothing changes', () => {
    const ports = new Ports();
    ports.put(
      'a.yaml',
      node('shop/web', '{port: 80}') + node('shop/own', '{port: 80, nodePort: 30001}'),
    );
    expect(ports.resolve('shop/web')).toBe(ports.resolve('shop/web'));
    expect(ports.resolve('shop/own')).toBe(ports.resolve('shop/own'));
  });

  test('has none when all are given out, which is said, and one as soon as there is', () => {
    const ports = new Ports();
    const many = bank(2768);
    ports.put('a.yaml', many.join(''));
    expect(new Set(many.flatMap((_, at) => ports.of(`bank/s${at}`))).size).toBe(2768);
    expect(ports.problems()).toEqual([]);
    ports.put('b.yaml', node('shop/web', '{port: 80}'));
    expect(ports.of('shop/web')).toEqual([0]);
    expect(ports.problems()).toEqual([
      expect.stringMatching(
        /^b\.yaml:2:1: warning: Service "web": failed to allocate a nodePort: range is full: none of 30000-32767 is left \[NODE_PORTS_FULL\]$/,
      ),
    ]);
    expect(ports.put('a.yaml', undefined)).toEqual(['shop']);
    expect(ports.of('shop/web')[0]).toBeGreaterThan(30_000);
    expect(ports.problems()).toEqual([]);
  });
});
