import { load } from 'js-yaml';

/** What a compose file says of the sidecar and of the service that asks it. */
export interface ComposeFile {
  readonly subnet: string;
  readonly dnsAddress: string;
  readonly clientDns: readonly string[];
  readonly mount: { readonly from: string; readonly to: string; readonly mode: string };
  /** Where what is kept lies; empty without a volume for it. */
  readonly stateMount: { readonly from: string; readonly to: string };
  /** `service_healthy`. */
  readonly clientWaitsFor: string;
  /** Services that publish ports on the host. */
  readonly published: readonly string[];
}

interface Raw {
  readonly services: Readonly<Record<string, RawService>>;
  readonly networks: {
    readonly cluster: { readonly ipam: { readonly config: [{ subnet: string }] } };
  };
}

interface RawService {
  readonly volumes?: readonly string[];
  readonly dns?: readonly string[];
  readonly ports?: unknown;
  readonly networks: readonly string[] | { readonly cluster?: { readonly ipv4_address: string } };
  readonly depends_on?: { readonly dns: { readonly condition: string } };
}

/**
 * Reads a compose file with the service `dns`, and one that asks it, on the network `cluster`.
 *
 * @throws Error when one of them is missing.
 */
export function readCompose(text: string): ComposeFile {
  const { services, networks } = load(text) as Raw;
  const dns = services['dns'];
  const client = Object.values(services).find((service) => service.dns !== undefined);
  if (dns === undefined || client === undefined)
    throw new Error('No service dns, or none with dns:');
  const sidecar = 'cluster' in dns.networks ? dns.networks.cluster : undefined;
  const [from = '', to = '', mode = ''] = dns.volumes?.[0]?.split(':') ?? [];
  const [state = '', kept = ''] = dns.volumes?.[1]?.split(':') ?? [];
  return {
    subnet: networks.cluster.ipam.config[0].subnet,
    dnsAddress: sidecar?.ipv4_address ?? '',
    clientDns: client.dns ?? [],
    mount: { from, to, mode },
    stateMount: { from: state, to: kept },
    clientWaitsFor: client.depends_on?.dns.condition ?? '',
    published: Object.keys(services).filter((name) => services[name]?.ports !== undefined),
  };
}
