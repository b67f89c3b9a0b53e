import { describe, expect, test } from 'vitest';
import { ControlPlane } from '../../src/control/control-plane.ts';
import { textOf } from '../../src/dns/name.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { readDocument } from '../../src/kube/schema.ts';
import { readObject } from '../../src/sources/kubeapi/object-reader.ts';
import { wantedResources } from '../../src/sources/kubeapi/resources.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

const RESOURCES = wantedResources({
  noEndpoints: false,
  pods: 'verified',
  labels: '',
  namespaceLabels: '',
  namespaces: [],
  multicluster: false,
  gateway: undefined,
});

/** As an API server has it. */
function stored(kind: string, name: string, rest: object, labels = {}): KubeObject {
  const metadata = { name, namespace: 'shop', labels, resourceVersion: '7' };
  const resource = RESOURCES.find((one) => one.kind === kind);
  if (resource === undefined) throw new Error(kind);
  const { object } = readObject({ metadata, ...rest }, resource);
  if (object === undefined) throw new Error(name);
  return object;
}

/** As a manifest has it. */
function written(kind: string, apiVersion: string, name: string, rest: object, labels = {}) {
  const origin = { file: 'a.yaml', document: 0, line: 1, column: 1 };
  const value = { apiVersion, kind, metadata: { name, namespace: 'shop', labels }, ...rest };
  const locate = () => origin;
  return readDocument({ value, origin, locate, locateKey: locate }).objects[0] as KubeObject;
}

const ports = [{ name: 'http', port: 80 }];
const slice = (address: string) => ({
  addressType: 'IPv4',
  ports,
  endpoints: [{ addresses: [address] }],
});
const OF_API = { 'kubernetes.io/service-name': 'api' };
const namespace = stored('Namespace', 'shop', {});
const api = stored('Service', 'api', { spec: { clusterIP: '10.96.0.7', ports } });
const apiSlice = stored('EndpointSlice', 'api-1', slice('10.1.0.1'), OF_API);
const headless = stored('Service', 'api', { spec: { clusterIP: 'None', ports } });
const noAddress = stored('Service', 'late', { spec: { ports, selector: { app: 'late' } } });
const pod = stored(
  'Pod',
  'late-0',
  {
    status: {
      podIP: '10.1.0.9',
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  },
  { app: 'late' },
);

function namesOf(...objects: KubeObject[]): string[] {
  const plane = new ControlPlane({
    zone: { ...ZONE_OPTIONS, pods: 'disabled' },
    serverAddresses: [],
  });
  const changes = plane.take({ put: objects, gone: [], named: [], unnamed: [] });
  return [...changes]
    .filter(([, name]) => name !== null)
    .map(([key]) => textOf(key))
    .filter((name) => /shop|10\.in-addr/.test(name))
    .sort();
}

describe('objects of an API server', () => {
  test('have names when there is a Namespace object, and reverse names without one', () => {
    expect(namesOf(namespace, api, apiSlice)).toContain('api.shop.svc.cluster.local.');
    const without = namesOf(api, apiSlice);
    expect(without.filter((name) => name.endsWith('cluster.local.'))).toEqual([]);
    expect(without).toContain('7.0.96.10.in-addr.arpa.');
  });

  test('are left alone by the controllers', () => {
    expect(namesOf(namespace, noAddress, pod).filter((name) => name.includes('late'))).toEqual([]);
  });

  test('lose their endpoints to a Service of a manifest that is laid over theirs', () => {
    expect(namesOf(namespace, headless, apiSlice)).toContain('1.0.1.10.in-addr.arpa.');
    const over = written('Service', 'v1', 'api', { spec: { clusterIP: 'None', ports } });
    const own = written('EndpointSlice', 'discovery.k8s.io/v1', 'mine', slice('10.9.0.1'), OF_API);
    const names = namesOf(namespace, over, apiSlice, own);
    expect(names).toContain('1.0.9.10.in-addr.arpa.');
    expect(names).not.toContain('1.0.1.10.in-addr.arpa.');
  });
});
