import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlPlane } from '../../src/control/control-plane.ts';
import type { NameKey } from '../../src/dns/name.ts';
import type { Endpoint, EndpointSlice, KubeObject } from '../../src/kube/objects.ts';
import type { NameChanges } from '../../src/zone/compiler.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import type { PackedName } from '../../src/zone/packed-name.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';
import { runs } from '../helpers/runs.ts';
import { loadText, service } from '../registry/load-text.ts';

/*
 * Of a Service whose endpoints change, those that stayed are not compiled. The law: the names are
 * those of a plane that is given the objects as they are in the end.
 */

const ADDRESSES = [
  '10.1.0.1',
  '::ffff:10.1.0.1',
  '10.1.0.2',
  '10.1.0.3',
  '10.96.0.1',
  '192.0.2.53',
  'fd00::',
];
const PORTS: readonly EndpointSlice['ports'][] = [
  [],
  [{ name: 'http', protocol: 'TCP', port: 80 }],
  [
    { name: 'http', protocol: 'TCP', port: 8080 },
    { name: '', protocol: 'UDP', port: 53 },
  ],
];

/** As an API server's source has them: what did not change is the very same. */
const POOL = fc.array(
  fc.record({
    addresses: fc.subarray(ADDRESSES, { minLength: 1, maxLength: 2 }),
    ready: fc.constantFrom(true, true, false),
    hostname: fc.constantFrom('', '', 'db-0', '10-1-0-2', 'fd00--0'),
    targetName: fc.constantFrom('', 'pod-1', 'pod-2'),
  }),
  { minLength: 3, maxLength: 8 },
);

const NAMESPACE = '---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n';
const SERVICES = [
  service('shop/web', '{clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}'),
  service('shop/two', '{clusterIP: 10.96.0.2, ports: [{port: 80}]}'),
  service('shop/none', '{clusterIP: None}'),
];

const fixed = loadText('a.yaml', NAMESPACE + SERVICES.join('')).flatMap(({ objects }) =>
  objects.map((object): KubeObject => ({ ...object, origin: ofCluster(object) })),
);

function ofCluster({ origin }: Pick<KubeObject, 'origin'>): KubeObject['origin'] {
  return { ...origin, resourceVersion: '1' };
}

/** Slices of Services, without endpoints. */
const EMPTY = Object.entries({
  'web-a': 'web',
  'web-b': 'web',
  'two-a': 'two',
  'none-a': 'none',
}).map(
  ([name, serviceName]): EndpointSlice => ({
    kind: 'EndpointSlice',
    namespace: 'shop',
    name,
    labels: new Map([['kubernetes.io/service-name', serviceName]]),
    origin: { file: name, document: 0, line: 0, column: 0, resourceVersion: '1' },
    serviceName,
    addressType: 'IPv4',
    ports: PORTS[1]!,
    endpoints: [],
  }),
);

/** What becomes of a slice: most often an endpoint comes or goes. */
type Step = (slice: EndpointSlice) => EndpointSlice;

const steps = (pool: readonly Endpoint[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...pool), fc.boolean()).map(toggled) },
    fc.array(fc.constantFrom(...pool), { maxLength: 5 }).map((endpoints): Step => {
      return (slice) => ({ ...slice, endpoints });
    }),
    fc.constantFrom(...PORTS).map(
      (ports): Step =>
        (slice) => ({ ...slice, ports }),
    ),
  );

const toggled = ([one, isFirst]: [Endpoint, boolean]): Step => {
  return ({ endpoints: before, ...slice }) => {
    const others = before.filter((endpoint) => endpoint !== one);
    if (others.length < before.length) return { ...slice, endpoints: others };
    return { ...slice, endpoints: isFirst ? [one, ...before] : [...before, one] };
  };
};

const histories = POOL.chain((pool) =>
  fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 1, 2, 3), steps(pool)), {
    minLength: 2,
    maxLength: 12,
  }),
);

const options = fc.record({
  zones: fc.constantFrom(
    ['cluster.local'],
    ['cluster.local', 'in-addr.arpa', 'ip6.arpa', 'example.org'],
    ['cluster.local', '1.0.1.10.in-addr.arpa'],
  ),
  endpointPodNames: fc.boolean(),
  namespaceLabels: fc.constantFrom(ZONE_OPTIONS.namespaceLabels, {
    text: 'none=such',
    matches: () => false,
  }),
});

class Published {
  readonly #plane: ControlPlane;
  readonly #names = new Map<NameKey, PackedName>();

  constructor(zone: ZoneOptions) {
    this.#plane = new ControlPlane({ zone, serverAddresses: ['10.1.0.2', '192.0.2.53'] });
  }

  put(...objects: readonly KubeObject[]): this {
    this.#publish(this.#plane.take({ put: objects, gone: [], named: [], unnamed: [] }));
    return this;
  }

  get names() {
    return new Map([...this.#names].sort());
  }

  #publish(changes: NameChanges): void {
    for (const [key, name] of changes) {
      if (name === null) this.#names.delete(key);
      else this.#names.set(key, name);
    }
  }
}

describe('NameCompiler', { timeout: 600_000 }, () => {
  test('comes to the same when endpoints change as for those there are in the end', () => {
    fc.assert(
      fc.property(histories, options, (history, some) => {
        const zone = { ...ZONE_OPTIONS, ...some };
        const followed = new Published(zone).put(...fixed, ...EMPTY);
        const slices = [...EMPTY];
        for (const [at, step] of history) {
          slices[at] = step(slices[at]!);
          followed.put(slices[at]);
          expect(followed.names).toEqual(new Published(zone).put(...fixed, ...slices).names);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});
