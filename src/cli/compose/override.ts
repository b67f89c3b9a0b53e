import { CLUSTER_DOMAIN } from '../../config/plain-target.ts';
import { ENDPOINTS_DNS_ANNOTATION } from '../../kube/well-known.ts';
import type { ComposeFile, ComposeService, DnsKey } from './compose-file.ts';
import { ComposeError } from './compose-yaml.ts';
import { kubernetesName } from './names.ts';
import type { Subnet } from './subnet.ts';

/** The service that answers, and the network on which it is asked. */
export const NAME = 'svcdns';

/** The network by which it reaches the engine's resolver: the other one leads nowhere. */
const OUT = 'svcdns-out';

/** What an override is made from. */
export interface OverrideParts {
  readonly compose: ComposeFile;
  readonly namespace: string;
  readonly subnet: Subnet;
  readonly image: string;
  /** The folder of manifests, as a bind mount has it: `./svcdns`. */
  readonly manifests: string;
}

/** A service that takes part, and its name in Kubernetes. */
export interface TakingPart {
  readonly service: ComposeService;
  readonly name: string;
}

/**
 * The services that are named and ask svcdns, and a line for each that is left alone.
 *
 * @throws {ComposeError} when what is ours has a namesake.
 */
export function takingPart({ services, networks }: ComposeFile): {
  readonly all: readonly TakingPart[];
  readonly notes: readonly string[];
} {
  if (services.has(NAME))
    throw new ComposeError(`services.${NAME}: there is such a service already`);
  for (const name of [NAME, OUT]) {
    if (networks.has(name))
      throw new ComposeError(`networks.${name}: there is such a network already`);
  }
  const all: TakingPart[] = [];
  const notes: string[] = [];
  for (const service of services.values()) {
    const name = kubernetesName(service.name);
    const leave = (why: string) => notes.push(`services.${service.name}: left alone: ${why}`);
    if (service.networkMode !== undefined) leave(`it has network_mode: ${service.networkMode}`);
    else if (name === undefined) leave('no Service of Kubernetes can have a name like this');
    else if (all.some((other) => other.name === name)) leave(`another one is ${name} too`);
    else {
      all.push({ service, name });
      if (service.ownDns.has('dns')) {
        notes.push(`services.${service.name}: its own dns: stays, so it does not ask svcdns`);
      }
    }
  }
  return { all, notes };
}

/** The override, as compose merges it with the files: everything is added, nothing replaced. */
export function override(parts: OverrideParts, services: readonly TakingPart[]): object {
  const { compose, subnet } = parts;
  const { version } = compose;
  return {
    ...(version === undefined ? {} : { version }),
    services: {
      [NAME]: sidecar(parts),
      ...Object.fromEntries(services.map((one) => [one.service.name, addition(one, parts)])),
    },
    networks: {
      // Internal: no service gets a way to the Internet by it that it did not have.
      [NAME]: {
        internal: true,
        ipam: { config: [{ subnet: subnet.cidr, ip_range: subnet.range }] },
      },
      [OUT]: {},
    },
  };
}

function sidecar({ image, manifests, subnet }: OverrideParts): object {
  return {
    image,
    // Without kube-proxy, a Service is its endpoints; containers are known by name.
    environment: { SVCDNS_CLUSTERIP: 'endpoints', SVCDNS_ENDPOINTS: 'dns' },
    volumes: [`${manifests}:/manifests:ro`],
    networks: { [NAME]: { ipv4_address: subnet.address }, [OUT]: {} },
    read_only: true,
    tmpfs: ['/var/lib/svcdns'],
    cap_drop: ['ALL'],
    cap_add: ['NET_BIND_SERVICE'],
    security_opt: ['no-new-privileges:true'],
    restart: 'unless-stopped',
  };
}

function addition({ service, name }: TakingPart, { namespace, subnet }: OverrideParts): object {
  const { networks, ownDns } = service;
  const asks = !ownDns.has('dns');
  const own = (key: DnsKey, value: readonly string[]) =>
    asks && !ownDns.has(key) ? { [key]: value } : {};
  const alias = name === service.name ? {} : { aliases: [name] };
  return {
    ...own('dns', [subnet.address]),
    ...own('dns_search', [
      `${namespace}.svc.${CLUSTER_DOMAIN}`,
      `svc.${CLUSTER_DOMAIN}`,
      CLUSTER_DOMAIN,
    ]),
    ...own('dns_opt', ['ndots:5']),
    // A service that names a network is in `default` only if it says so.
    networks: { ...(networks.length === 0 ? { default: {} } : {}), [NAME]: alias },
    ...(asks ? { depends_on: { [NAME]: { condition: 'service_healthy' } } } : {}),
  };
}

/** The manifests: a headless Service for each, whose endpoints are the containers by name. */
export function manifests(namespace: string, services: readonly TakingPart[]): readonly object[] {
  return services.map(({ service: { ports }, name }) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations: { [ENDPOINTS_DNS_ANNOTATION]: name } },
    spec: {
      clusterIP: 'None',
      ...(ports.length === 0
        ? {}
        : {
            ports: ports.map(({ port, protocol }) => ({
              name: `${protocol.toLowerCase()}-${port}`,
              port,
              protocol,
            })),
          }),
    },
  }));
}
