import type { NamespaceView, Service } from '../kube/objects.ts';

/**
 * Top-level domains under which programs often look up names. Not all there are, by far: `shop` and
 * `prod` are some too, and nobody's Services are in the way there.
 */
const TOP_LEVEL_DOMAINS: ReadonlySet<string> = new Set(
  'com net org edu gov mil int arpa info biz io ai co me tv dev app cloud xyz'.split(' '),
);

/** Whether names outside often end with this label. */
export function isTopLevelDomain(label: string): boolean {
  return TOP_LEVEL_DOMAINS.has(label);
}

/** The first labels of the names below a Service's, as far as endpoints have names of their own. */
export function endpointHostNames({ name }: Service, { slices }: NamespaceView): Set<string> {
  const endpoints = (slices.get(name) ?? []).flatMap((slice) => slice.endpoints);
  return new Set(endpoints.map(({ hostname }) => hostname).filter((host) => host !== ''));
}

/** Names for a message. */
const MAX_SHOWN = 3;

/** `a, b, c and 7 more` */
export function someNames(names: readonly string[]): string {
  const more = names.length - MAX_SHOWN;
  return names.slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
