import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import type { Environment } from '../corefile/reader.ts';
import { addressAndPort } from '../dns/address.ts';
import { PACKAGE_ROOT } from '../support/process.ts';

// Loaded by each health check: this file must not import the table of options or the plugins.

/** The port of a Corefile's zone that names none (RFC 1035 section 4.2). */
export const DNS_PORT = 53;

/**
 * Where svcdns listens when nothing is said. 1053: 53 needs a privilege and is taken on most
 * desktops, 5353 is mDNS. Loopback: a stranger must not be able to ask a laptop for production's
 * names.
 */
export const DEFAULT_LISTEN: readonly [ListenAddress, ...ListenAddress[]] = [
  { address: '127.0.0.1', port: 1053 },
  { address: '::1', port: 1053, optional: true }, // many containers have no IPv6
];

/** Where the admin server is when nothing is said. Loopback: it shows what is inside. */
export const DEFAULT_ADMIN: ListenAddress = { address: '127.0.0.1', port: 8053 };

/** The same as people write them. */
export const DEFAULT_LISTEN_TEXTS = DEFAULT_LISTEN.map(addressAndPort);
export const DEFAULT_ADMIN_TEXT = addressAndPort(DEFAULT_ADMIN);

/** The domain of a cluster that has been given no other. */
export const CLUSTER_DOMAIN = 'cluster.local';

/**
 * The zones of every cluster that kubeadm sets up. All of in-addr.arpa and ip6.arpa, because
 * manifests may hold any address.
 */
export const DEFAULT_ZONES = [CLUSTER_DOMAIN, 'in-addr.arpa', 'ip6.arpa'] as const;

/** Where a server listens, and its first zone, without a final dot. */
export interface Target {
  readonly listen: readonly ListenAddress[];
  readonly zone: string;
}

/** Variables that make the settings say where a server listens, or which zones it has. */
const DECIDING = ['SVCDNS_CONFIG', 'SVCDNS_ZONE'] as const;

/**
 * What all settings together come to when only `SVCDNS_LISTEN` has a say, as in the image.
 * Undefined when there may be a Corefile or another zone, or when the variable is wrong: then the
 * settings have to be loaded, which takes five times as long.
 */
export function plainTarget(env: Environment, cwd: string): Target | undefined {
  if (DECIDING.some((name) => textOf(env, name) !== '') || hasCorefile(cwd)) return undefined;
  const listen = askedAddresses(env, DEFAULT_LISTEN[0].port);
  if (listen === undefined) return undefined;
  return { listen: listen.length === 0 ? DEFAULT_LISTEN : listen, zone: DEFAULT_ZONES[0] };
}

/** The addresses of `SVCDNS_LISTEN`; undefined when they cannot be used. */
export function askedAddresses(
  env: Environment,
  defaultPort: number,
): readonly ListenAddress[] | undefined {
  const texts = textOf(env, 'SVCDNS_LISTEN').split(',');
  const listen = texts.flatMap((text) => {
    const wanted = text.trim();
    return wanted === '' ? [] : [parseListenAddress(wanted, defaultPort)];
  });
  if (listen.length === 0 && texts.length > 1) return undefined;
  const addresses = listen.flatMap((parsed) => ('address' in parsed ? [parsed.address] : []));
  return addresses.length < listen.length ? undefined : addresses;
}

/** A variable without blanks around it; '' when it is not set. */
export function textOf(env: Environment, name: string): string {
  return env[name]?.trim() ?? '';
}

/** One of the user's own: that of this package says only what holds anyway. */
function hasCorefile(cwd: string): boolean {
  return relative(PACKAGE_ROOT, cwd) !== '' && existsSync(join(cwd, 'Corefile'));
}
