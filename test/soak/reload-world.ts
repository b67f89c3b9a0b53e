/** What valid reloads switch on and off, each of it something that answers show. */
export interface Config {
  readonly ttl: number;
  readonly folder: 'one' | 'two';
  /** A second zone is the cluster's. */
  readonly hasZone: boolean;
  /** A name comes from `hosts`. */
  readonly hasHosts: boolean;
  /** A second port. */
  readonly hasPort: boolean;
  /** A second address. */
  readonly hasAddress: boolean;
  /** Another address of `/metrics`. */
  readonly hasMetrics: boolean;
}

export const FIRST: Config = {
  ttl: 5,
  folder: 'one',
  hasZone: false,
  hasHosts: false,
  hasPort: false,
  hasAddress: false,
  hasMetrics: false,
};

/** What one valid reload changes, in turn. */
const CHANGES: readonly ((config: Config, round: number) => Partial<Config>)[] = [
  (_, round) => ({ ttl: 10 + (round % 50) }),
  ({ hasZone }) => ({ hasZone: !hasZone }),
  ({ hasHosts }) => ({ hasHosts: !hasHosts }),
  ({ hasPort }) => ({ hasPort: !hasPort }),
  ({ hasAddress }) => ({ hasAddress: !hasAddress }),
  ({ folder }) => ({ folder: folder === 'one' ? 'two' : 'one' }),
  ({ hasMetrics }) => ({ hasMetrics: !hasMetrics }),
];

/** The configuration after valid reload number `round`. */
export function changed(config: Config, round: number): Config {
  return { ...config, ...CHANGES[round % CHANGES.length]!(config, round) };
}

export const PORTS = {
  dns: 20_153,
  second: 20_154,
  health: 20_155,
  ready: 20_156,
  metrics: 20_157,
  otherMetrics: 20_158,
  upstream: 20_159,
  /** Held by the test itself. */
  taken: 20_160,
};

/**
 * One mistake each, to be put into the Corefile; everything else about it would change the answers.
 */
const MISTAKES: readonly ((text: string) => string)[] = [
  (text) => text.replace(/\}\s*$/, ''),
  (text) => text.replace('errors', 'erorrs'),
  (text) => `${text}\nother.example:${PORTS.taken} {\n  bind 127.0.0.1\n  whoami\n}\n`,
  (text) => text.replace(`:${PORTS.ready}`, `:${PORTS.taken}`),
  (text) => text.replace('loadbalance', 'loadbalance sideways'),
];

/** An invalid Corefile that would show in every answer if anything of it were taken. */
export function spoiled(config: Config, round: number): string {
  const other = { ...config, ttl: 99, hasHosts: !config.hasHosts, hasZone: !config.hasZone };
  return MISTAKES[round % MISTAKES.length]!(corefile(other));
}

export function corefile(config: Config): string {
  const { ttl, folder, hasZone, hasHosts, hasPort, hasAddress, hasMetrics } = config;
  const kubernetes = `kubernetes cluster.local${hasZone ? ' k8s.example.net' : ''} {
    manifests ${folder}
    ttl ${ttl}
  }`;
  const second = `cluster.local:${PORTS.second} {
  bind 127.0.0.1
  kubernetes cluster.local {
    manifests ${folder}
    ttl ${ttl}
  }
}
`;
  return `.:${PORTS.dns} {
  bind 127.0.0.1${hasAddress ? ' 127.0.0.2' : ''}
  errors
  health 127.0.0.1:${PORTS.health}
  ready 127.0.0.1:${PORTS.ready}
  prometheus 127.0.0.1:${hasMetrics ? PORTS.otherMetrics : PORTS.metrics}
  ${kubernetes}
  ${hasHosts ? 'hosts {\n    10.99.0.1 box.example.net\n    fallthrough\n  }' : ''}
  forward . 127.0.0.1:${PORTS.upstream}
  cache 30 {
    disable success example.net
    disable denial example.net
  }
  loop
  reload off
  loadbalance
}
${hasPort ? second : ''}`;
}

export const MANIFESTS = {
  one: serviceAt('10.96.0.7'),
  two: serviceAt('10.97.0.7'),
};

function serviceAt(address: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ name: http, port: 80 }] }
`;
}

const UPSTREAM = 'NOERROR 192.0.2.1 -';

const cluster = ({ ttl, folder }: Config) =>
  `NOERROR ${folder === 'one' ? '10.96.0.7' : '10.97.0.7'} ${ttl}`;

/**
 * What is asked, and what a configuration answers: RCODE, address, and TTL when `kubernetes` has
 * set it.
 */
export interface ReloadQuestion {
  readonly name: string;
  readonly type: string;
  /** How often among a hundred. */
  readonly share: number;
  readonly answer: (config: Config) => string;
}

export const QUESTIONS: readonly ReloadQuestion[] = [
  { name: 'web.shop.svc.cluster.local.', type: 'A', share: 60, answer: cluster },
  { name: 'web.shop.svc.cluster.local.', type: 'AAAA', share: 10, answer: () => 'NOERROR' },
  { name: 'nope.shop.svc.cluster.local.', type: 'A', share: 10, answer: () => 'NXDOMAIN' },
  { name: 'www.example.org.', type: 'A', share: 14, answer: () => UPSTREAM },
  {
    name: 'web.shop.svc.k8s.example.net.',
    type: 'A',
    share: 3,
    answer: (config) => (config.hasZone ? cluster(config) : UPSTREAM),
  },
  {
    name: 'box.example.net.',
    type: 'A',
    share: 3,
    answer: ({ hasHosts }) => (hasHosts ? 'NOERROR 10.99.0.1 -' : UPSTREAM),
  },
];
