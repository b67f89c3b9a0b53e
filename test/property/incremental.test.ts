import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlPlane } from '../../src/control/control-plane.ts';
import type { NameKey } from '../../src/dns/name.ts';
import type { KubeObject, NamespaceView, Origin, Service } from '../../src/kube/objects.ts';
import { problemText } from '../../src/kube/problem.ts';
import type { ObjectChange } from '../../src/registry/registry.ts';
import type { NameChanges } from '../../src/zone/compiler.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import type { PackedName } from '../../src/zone/packed-name.ts';
import { RULES } from '../controllers/hosts/host-text.ts';
import { worlds, zoneOptions } from '../helpers/generate.ts';
import { runs } from '../helpers/runs.ts';

/*
 * The law of incremental compilation: whatever changes led to the objects there are now, the names,
 * the summary and the owners of addresses are those of a plane that is given these objects at once.
 */

const NO_CHANGE: ObjectChange = { put: [], gone: [], named: [], unnamed: [] };
const HOST = 'external-dns.alpha.kubernetes.io/hostname';

/** A plane, with everything that it has published so far. */
class Published {
  readonly names = new Map<NameKey, PackedName>();
  readonly pods = new Map<string, string>();
  readonly plane: ControlPlane;

  constructor(zone: ZoneOptions) {
    this.plane = new ControlPlane({ zone, serverAddresses: ['10.244.1.1', '192.0.2.53'] });
    this.#publish(this.plane.take(NO_CHANGE));
  }

  take(change: ObjectChange): this {
    this.#publish(this.plane.take(change));
    return this;
  }

  get all() {
    const found = { files: 0, passedOver: [], refusedDocuments: 0, problems: [] };
    const { problems, ...summary } = this.plane.summary(found);
    return {
      names: new Map([...this.names].sort()),
      pods: new Map([...this.pods].sort()),
      summary,
      problems: problems.map(problemText).sort(),
    };
  }

  #publish(changes: NameChanges): void {
    for (const [key, name] of changes) {
      if (name === null) this.names.delete(key);
      else this.names.set(key, name);
    }
    for (const [address, namespace] of this.plane.takePodChanges()) {
      if (namespace === null) this.pods.delete(address);
      else this.pods.set(address, namespace);
    }
  }
}

const keyOf = ({ kind, namespace, name }: KubeObject) => `${kind} ${namespace}/${name}`;

const origin = { file: '', document: 0, line: 1, column: 1 };

/** The objects of a view, and such as are in none. */
function objectsOf({ name, labels, services, slices, pods }: NamespaceView): KubeObject[] {
  const endpoints = services.slice(0, 1).map(({ name: of, labels }): KubeObject => {
    const addresses = [{ ip: '10.244.1.2', hostname: '', targetName: '' }];
    const subsets = [{ addresses, notReadyAddresses: [], ports: [] }];
    const named = { namespace: name, name: of, origin, labels };
    return { kind: 'Endpoints', ...named, isMirrored: true, subsets };
  });
  const own: KubeObject = { kind: 'Namespace', namespace: '', name, origin, labels };
  return [own, ...services.map(withMore), ...[...slices.values()].flat(), ...endpoints, ...pods];
}

/** Every other Service has a selector, and every third a host. */
function withMore(service: Service, at: number): Service {
  const selector = at % 2 === 0 ? new Map([['tier', 'front']]) : undefined;
  const annotations = new Map(at % 3 === 0 ? [[HOST, `${service.name}.example.org`]] : []);
  return { ...service, selector, annotations };
}

/** An object of a manifest, or of an API server: those are left alone by our controllers. */
const placed = (object: KubeObject) =>
  fc.constantFrom('1', undefined).map((resourceVersion): KubeObject => {
    const written: Origin = { ...origin, file: keyOf(object) };
    return { ...object, origin: resourceVersion ? { ...written, resourceVersion } : written };
  });

const objects = fc
  .array(worlds, { minLength: 2, maxLength: 3 })
  .map((all) => all.flatMap(({ namespaces }) => namespaces.flatMap(objectsOf)))
  .chain((all) => fc.tuple(...all.map(placed)));

/** Each step puts some objects, and takes some away. */
const histories = objects.chain((all) => {
  const one = fc.constantFrom(...all);
  const few = fc.array(one, { maxLength: 3 });
  const step = fc.record({
    put: fc.oneof({ weight: 4, arbitrary: few }, fc.subarray(all)),
    gone: few,
    named: fc.constantFrom([], ['web'], ['svc']),
    unnamed: fc.constantFrom([], ['web'], ['svc']),
  });
  return fc.array(step, { minLength: 1, maxLength: 12 });
});

const options = fc.tuple(zoneOptions, fc.boolean(), fc.boolean()).map(
  ([zone, clusterIpEndpoints, endpointsDns]): ZoneOptions => ({
    ...zone,
    clusterIpEndpoints,
    endpointsDns,
    external: { zones: ['example.com', '10.in-addr.arpa'], apex: 'dns', ttl: 5, headless: true },
    gateway: { ...RULES, apex: 'dns1.kube-system', secondary: '' },
  }),
);

/** Everything that the steps lead to. */
function outcome(steps: readonly ObjectChange[]): ObjectChange {
  const left = new Map<string, KubeObject>();
  const named = new Set<string>();
  for (const step of steps) {
    for (const key of step.gone) left.delete(keyOf(key as KubeObject));
    for (const object of step.put) left.set(keyOf(object), object);
    for (const name of step.unnamed) named.delete(name);
    for (const name of step.named) named.add(name);
  }
  return { put: [...left.values()].reverse(), gone: [], named: [...named], unnamed: [] };
}

describe('ControlPlane', { timeout: 600_000 }, () => {
  test('comes to the same after any changes as for what there is in the end', () => {
    fc.assert(
      fc.property(histories, options, (steps, zone) => {
        const followed = new Published(zone);
        for (const step of steps) followed.take(step);
        expect(followed.all).toEqual(new Published(zone).take(outcome(steps)).all);
      }),
      { numRuns: runs(400) },
    );
  });
});
