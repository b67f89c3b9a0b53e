import type { Kind, KubeObject } from '../objects.ts';
import { readConfigMap } from './config-map.ts';
import { readDNSEndpoint } from './dns-endpoint.ts';
import { readEndpointSlice } from './endpoint-slice.ts';
import { readEndpoints } from './endpoints.ts';
import type { Field } from './field.ts';
import { readGateway, readRoute } from './gateway.ts';
import { readIngress } from './ingress.ts';
import { readIPAddressPool } from './ip-address-pool.ts';
import { readNamespace } from './metadata.ts';
import { readNode } from './node.ts';
import { readPod } from './pod.ts';
import { readService } from './service.ts';
import { readServiceImport } from './service-import.ts';
import { readWorkload } from './workload.ts';

/** Reads an object of each kind; what is wrong with it goes into the report of the field. */
export const READERS: { readonly [K in Kind]: (root: Field) => KubeObject } = {
  Service: readService,
  Endpoints: readEndpoints,
  EndpointSlice: readEndpointSlice,
  Pod: readPod,
  Namespace: readNamespace,
  Node: readNode,
  Deployment: readWorkload('Deployment'),
  StatefulSet: readWorkload('StatefulSet'),
  DaemonSet: readWorkload('DaemonSet'),
  ReplicaSet: readWorkload('ReplicaSet'),
  IPAddressPool: readIPAddressPool,
  ConfigMap: readConfigMap,
  Ingress: readIngress,
  Gateway: readGateway,
  HTTPRoute: readRoute('HTTPRoute'),
  TLSRoute: readRoute('TLSRoute'),
  GRPCRoute: readRoute('GRPCRoute'),
  DNSEndpoint: readDNSEndpoint,
  ServiceImport: readServiceImport,
};
