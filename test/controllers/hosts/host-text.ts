import { HostNames } from '../../../src/controllers/hosts/host-names.ts';
import { HOST_RESOURCES, type HostNameRules } from '../../../src/controllers/hosts/host-rules.ts';
import { textOf } from '../../../src/dns/name.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { Cluster } from '../cluster-of.ts';

export const RULES: HostNameRules = {
  zones: ['example.org'],
  resources: HOST_RESOURCES,
  ingressClasses: [],
  gatewayClasses: [],
  serviceLabels: '',
  ingressService: '',
  ttl: 60,
};

/** `service('shop/web', '{type: LoadBalancer}', '{status: …}')`: manifests on one line each. */
type Write = (ref: string, ...parts: string[]) => string;

const write = (apiVersion: string, kind: string): Write => {
  return (ref, spec = '{}', status = '{}', metadata = '') => {
    const [namespace, name] = ref.split('/');
    const more = metadata === '' ? '' : `, ${metadata}`;
    return `---\n{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {namespace: ${namespace}, name: ${name}${more}}, spec: ${spec}, status: ${status}}\n`;
  };
};

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const ingressSpec = (hosts: string, className = '', tls = '') =>
  `{${className && `ingressClassName: ${className}, `}rules: [${hosts
    .split(' ')
    .map(
      (host) =>
        `{host: '${host}', http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}`,
    )
    .join(', ')}]${tls && `, tls: [{hosts: [${tls}]}]`}}`;

/** `192.0.2.1 lb.example.net` as the status of a load balancer. */
const points = (text: string) =>
  `{loadBalancer: {ingress: [${text
    .split(' ')
    .map((one) => (/^[\d.]+$|:/.test(one) ? `{ip: '${one}'}` : `{hostname: ${one}}`))
    .join(', ')}]}}`;

const annotated = (annotations: Record<string, string>) =>
  `annotations: ${JSON.stringify(
    Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [
        key.includes('/') ? key : `external-dns.alpha.kubernetes.io/${key}`,
        value,
      ]),
    ),
  )}`;

export type Annotations = Record<string, string>;

export function ingress(
  ref: string,
  hosts: string,
  given: { at?: string; className?: string; annotations?: Annotations; tls?: string } = {},
): string {
  const { at, className, annotations = {}, tls = '' } = given;
  const status = at === undefined ? '{}' : points(at);
  return write('networking.k8s.io/v1', 'Ingress')(
    ref,
    ingressSpec(hosts, className, tls),
    status,
    annotated(annotations),
  );
}

export function balancer(
  ref: string,
  at: string | undefined,
  annotations: Annotations = {},
  given: { labels?: string; spec?: string } = {},
): string {
  const status = at === undefined ? '{}' : points(at);
  const { labels = '{}', spec = 'type: LoadBalancer' } = given;
  const metadata = `labels: ${labels}, ${annotated(annotations)}`;
  return write('v1', 'Service')(ref, `{${spec}, ports: [{port: 80}]}`, status, metadata);
}

/** `listeners` are host names, `-` for none, the first named `l0`. */
export function gateway(
  ref: string,
  listeners: string,
  at: string | undefined,
  annotations: Annotations = {},
): string {
  const list = listeners.split(' ').map((host, index) => {
    const hostname = host === '-' ? '' : `, hostname: '${host}'`;
    return `{name: l${index}, port: 80, protocol: HTTP${hostname}}`;
  });
  const addresses = (at?.split(' ') ?? []).map((value) => {
    const type = /^[\d.]+$|:/.test(value) ? 'IPAddress' : 'Hostname';
    return `{type: ${type}, value: '${value}'}`;
  });
  return write(GATEWAY_API, 'Gateway')(
    ref,
    `{gatewayClassName: any, listeners: [${list.join(', ')}]}`,
    `{addresses: [${addresses.join(', ')}]}`,
    annotated(annotations),
  );
}

/** `parents` are `namespace/name` or `namespace/name/listener`. */
export function route(
  ref: string,
  hostnames: string,
  parents: string,
  annotations: Annotations = {},
  kind = 'HTTPRoute',
): string {
  const refs = parents.split(' ').map((parent) => {
    const [namespace, name, sectionName] = parent.split('/');
    const section = sectionName === undefined ? '' : `, sectionName: ${sectionName}`;
    return `{namespace: ${namespace}, name: ${name}${section}}`;
  });
  const hosts = hostnames === '' ? [] : hostnames.split(' ').map((host) => `'${host}'`);
  const version = kind === 'TLSRoute' ? 'gateway.networking.k8s.io/v1alpha2' : GATEWAY_API;
  return write(version, kind)(
    ref,
    `{parentRefs: [${refs.join(', ')}], hostnames: [${hosts.join(', ')}]}`,
    '{}',
    annotated(annotations),
  );
}

/** `a.example.org 30 A 192.0.2.1 192.0.2.2`, one a record; `-` for no TTL. */
export function dnsEndpoint(ref: string, ...records: string[]): string {
  const endpoints = records.map((record) => {
    const [name, ttl, type, ...targets] = record.split(' ');
    const recordTTL = ttl === '-' ? '' : `, recordTTL: ${ttl}`;
    const list = targets.map((target) => `'${target}'`).join(', ');
    return `{dnsName: '${name}', recordType: ${type}${recordTTL}, targets: [${list}]}`;
  });
  return write('externaldns.k8s.io/v1alpha1', 'DNSEndpoint')(
    ref,
    `{endpoints: [${endpoints.join(', ')}]}`,
  );
}

const isReady = (ready: boolean) => `{type: Ready, status: "${ready ? 'True' : 'False'}"}`;

/** A Pod `app: web`; `more` is what else its spec and status say. */
export function pod(
  ref: string,
  ip: string,
  given: { annotations?: Annotations; spec?: string; status?: string; isReady?: boolean } = {},
): string {
  const { annotations = {}, spec = '', status = '' } = given;
  return write('v1', 'Pod')(
    ref,
    `{${spec}}`,
    `{phase: Running, podIP: '${ip}', conditions: [${isReady(given.isReady ?? true)}]${status}}`,
    `labels: {app: web}, ${annotated(annotations)}`,
  );
}

/** A Service for those Pods. */
export function service(ref: string, spec: string, annotations: Annotations = {}): string {
  return balancer(ref, undefined, annotations, { spec: `${spec}, selector: {app: web}` });
}

/** A Deployment that runs ingress-nginx with these arguments, `ref` the label of its Pods. */
export function nginx(ref: string, args: string, kind = 'Deployment', replicas = 1): string {
  const words = ['/nginx-ingress-controller', ...args.split(' ').filter((word) => word !== '')];
  const env = '[{name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]';
  const labels = `{run: '${ref.replace('/', '.')}'}`;
  const container = `{name: controller, image: x, args: ${JSON.stringify(words)}, env: ${env}}`;
  return write('apps/v1', kind)(
    ref,
    `{replicas: ${replicas}, selector: {matchLabels: ${labels}}, template: {metadata: {labels: ${labels}}, spec: {containers: [${container}]}}}`,
  );
}

/** A Pod of that workload, on a node. */
export function podOf(workload: string, name: string, nodeName: string, ready = 'True'): string {
  const namespace = workload.split('/')[0];
  return write('v1', 'Pod')(
    `${namespace}/${name}`,
    `{nodeName: ${nodeName}}`,
    `{phase: Running, podIP: 10.244.9.9, conditions: [{type: Ready, status: "${ready}"}]}`,
    `labels: {run: '${workload.replace('/', '.')}'}`,
  );
}

/** `node('n1', '10.0.0.1', '192.0.2.1')`: with internal addresses, and external ones. */
export function node(name: string, internal: string, external = ''): string {
  const of = (type: string, text: string) =>
    text
      .split(' ')
      .filter((one) => one !== '')
      .map((one) => `{type: ${type}, address: '${one}'}`);
  const list = [...of('InternalIP', internal), ...of('ExternalIP', external)].join(', ');
  return `---\n{apiVersion: v1, kind: Node, metadata: {name: ${name}}, status: {addresses: [${list}]}}\n`;
}

/** A cluster's hosts, kept up to date. */
export class HostWorld {
  readonly #cluster = new Cluster();
  readonly #hosts: HostNames;

  constructor(rules: Partial<HostNameRules> = {}) {
    this.#hosts = new HostNames({ ...RULES, ...rules });
  }

  /** Replaces a file, or removes it. Did a host change? */
  put(file: string, text: string | undefined): boolean {
    const { views, gone } = this.#cluster.take(file, text);
    return this.#hosts.update(this.#cluster.registry, views, gone);
  }

  /** `web.example.org. 60 A 192.0.2.1` */
  get records(): string[] {
    return [...this.#hosts.hosts.values()]
      .flatMap(({ key, records }) =>
        records.map(({ type, ttl, values }) => `${textOf(key)} ${ttl} ${type} ${values.join(' ')}`),
      )
      .sort();
  }

  get problems(): string[] {
    return this.#hosts.problems().map(problemText);
  }

  get hosts(): HostNames {
    return this.#hosts;
  }
}

/** The hosts of manifests, and what is said of them. */
export function hostsOf(
  text: string,
  rules: Partial<HostNameRules> = {},
): { records: string[]; problems: string[] } {
  const world = new HostWorld(rules);
  world.put('a.yaml', text);
  return { records: world.records, problems: world.problems };
}
