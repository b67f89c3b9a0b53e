import { ControlPlane } from '../src/control/control-plane.ts';
import type { EndpointSlice, KubeObject, Service } from '../src/kube/objects.ts';
import type { ObjectChange } from '../src/registry/registry.ts';
import { ZONE_OPTIONS } from '../test/helpers/in-process.ts';
import { loadText } from '../test/registry/load-text.ts';
import { dump } from './dump.ts';

/** Of the one namespace that everything is in. */
const SIZES = [10, 1_000, 10_000];
const CHANGES = 200;
const ENDPOINTS = 5;

/** Measures what `count` operations cost. */
type Measure = (name: string, count: number, operations: () => void) => void;

/** What one changed object costs, from the object to names, in namespaces of several sizes. */
export function measureChanges(measure: Measure): void {
  for (const services of SIZES) {
    const text = dump({ services, endpoints: ENDPOINTS, form: 'documents' });
    const written = loadText('all.yaml', text.replaceAll(/team-\d+/g, 'team')).flatMap(
      (document) => document.objects,
    );
    const stored = written.map((object): KubeObject => {
      return { ...object, origin: { ...object.origin, resourceVersion: '1' } };
    });
    const where = `in a namespace of ${services} Services`;
    measureObjects(`an EndpointSlice of a cluster ${where}`, stored, 'EndpointSlice', measure);
    measureObjects(`a Service of a cluster ${where}`, stored, 'Service', measure);
    measureObjects(`an EndpointSlice of a manifest ${where}`, written, 'EndpointSlice', measure);
    measureObjects(`a Service of a manifest ${where}`, written, 'Service', measure);
  }
}

function measureObjects(
  name: string,
  objects: readonly KubeObject[],
  kind: 'EndpointSlice' | 'Service',
  measure: Measure,
): void {
  const plane = new ControlPlane({ zone: ZONE_OPTIONS, serverAddresses: ['192.0.2.53'] });
  const take = (put: readonly KubeObject[]) => plane.take({ ...NO_CHANGE, put });
  take(objects);
  const some = objects.filter((object) => object.kind === kind);
  let round = 0;
  measure(`change: ${name}`, CHANGES, () => {
    for (let change = 0; change < CHANGES; change++) {
      round++;
      take([changed(some[(round * 7) % some.length] as EndpointSlice | Service, round)]);
    }
  });
}

const NO_CHANGE: ObjectChange = { put: [], gone: [], named: [], unnamed: [] };

/** Another port, or one endpoint that is ready or no longer. */
function changed(object: EndpointSlice | Service, round: number): EndpointSlice | Service {
  if (object.kind === 'Service') {
    return { ...object, ports: object.ports.map((port) => ({ ...port, port: 80 + round })) };
  }
  const ready = round % 2 === 0;
  const [first, ...others] = object.endpoints;
  return first ? { ...object, endpoints: [{ ...first, ready }, ...others] } : object;
}
