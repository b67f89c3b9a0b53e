import { describe, expect, test } from 'vitest';
import { ControlPlane } from '../../src/control/control-plane.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { RULES } from '../controllers/hosts/host-text.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';
import { loadText, pod, service, slice } from '../registry/load-text.ts';

/** Every table of names that there is. */
const ZONE = {
  ...ZONE_OPTIONS,
  pods: 'verified' as const,
  external: { zones: ['example.com'], apex: 'dns', ttl: 5, headless: true },
  gateway: { ...RULES, apex: 'dns1.kube-system', secondary: '' },
};

const ENDPOINT = 'addressType: IPv4, endpoints: [{addresses: [10.1.0.1]}], ports: [{port: 80}]';
const NOT_READY = ENDPOINT.replace(']}', '], conditions: {ready: false}}');

/** The objects of texts: most tests begin with the same. */
const known = new Map<string, readonly KubeObject[]>();

function readOnce(text: string): readonly KubeObject[] {
  const objects = known.get(text) ?? loadText('a.yaml', text).flatMap((file) => file.objects);
  known.set(text, objects);
  return objects;
}

/** Counts how often a field of any object is read: to pass over an object is to read one. */
class Reads {
  count = 0;
  /** As an API server sends them, or as a manifest has them. */
  readonly #isOfCluster: boolean;

  constructor(isOfCluster: boolean) {
    this.#isOfCluster = isOfCluster;
  }

  objects(text: string): KubeObject[] {
    return readOnce(text).map((object) => {
      const version = this.#isOfCluster ? { resourceVersion: '1' } : {};
      const counted = { ...object, origin: { ...object.origin, ...version } };
      return new Proxy(counted, {
        get: (target, field, receiver) => {
          this.count++;
          return Reflect.get(target, field, receiver);
        },
      });
    });
  }
}

/** How much is read and how many steps are taken for a change, in a namespace of this size. */
function costOf(size: number, isOfCluster: boolean, change: string, zone: ZoneOptions = ZONE) {
  const reads = new Reads(isOfCluster);
  let steps = 0;
  const plane = new ControlPlane({ zone, serverAddresses: [], step: () => void steps++ });
  const take = (text: string) => {
    plane.take({ put: reads.objects(text), gone: [], named: [], unnamed: [] });
  };
  const texts = Array.from({ length: size }, (_, at) => {
    const spec = `{clusterIP: 10.96.${at >> 8}.${at & 255}, ports: [{port: 80}]}`;
    const objects =
      service(`shop/web-${at}`, spec) + slice(`shop/web-${at}`, `web-${at}`, ENDPOINT);
    return objects + pod(`shop/pod-${at}`, '{}', `{podIP: 10.2.${at >> 8}.${at & 255}}`);
  });
  take(texts.join('') + '---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n');
  reads.count = 0;
  steps = 0;
  take(change);
  return { reads: reads.count, steps };
}

describe('a change in a namespace of 200 Services costs no more than in one of ten', () => {
  test.for([
    ['an EndpointSlice of a cluster', true, slice('shop/web-7', 'web-7', NOT_READY)],
    ['a Service of a cluster', true, service('shop/web-7', '{clusterIP: None}')],
    ['a new Service of a cluster', true, service('shop/web-new', '{clusterIP: None}')],
    ['an EndpointSlice of a manifest', false, slice('shop/web-7', 'web-7', NOT_READY)],
    ['a Service of a manifest', false, service('shop/web-7', '{clusterIP: None}')],
    ['a new Service of a manifest', false, service('shop/web-new', '{ports: [{port: 80}]}')],
    ['an address that a Service had', false, service('shop/web-new', '{clusterIP: 10.96.0.7}')],
  ] as const)('%s', ([, isOfCluster, change]) => {
    const small = costOf(10, isOfCluster, change);
    const large = costOf(200, isOfCluster, change);
    expect(large.steps).toBe(small.steps);
    // Its place among 200 is found in five looks more than among ten.
    expect(large.reads - small.reads).toBeLessThan(100);
  });

  test.for([
    ['a Pod of a cluster', true, pod('shop/pod-7', '{}', '{podIP: 10.3.0.1}')],
    ['a Pod that has the address of another', true, pod('shop/new', '{}', '{podIP: 10.2.0.7}')],
    ['a new Pod of a manifest', false, pod('shop/new', '{}', '{podIP: 10.3.0.1}')],
    ['a Pod of a manifest without an address', false, pod('shop/pod-7', '{}', '{}')],
  ] as const)('%s', ([, isOfCluster, change]) => {
    const [small, large] = [10, 200].map((size) => costOf(size, isOfCluster, change));
    expect(large!.steps).toBe(small!.steps);
    expect(large!.reads - small!.reads).toBeLessThan(100);
  });
});
