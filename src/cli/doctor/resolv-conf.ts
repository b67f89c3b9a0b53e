/** A resolv.conf as a C library reads it. */
export interface ResolvConf {
  /** All of them, as written; glibc and musl use the first 3. */
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  /** The names in a query before which the search list is tried first. 1 by default. */
  readonly ndots: number;
  readonly comments: string;
}

export const RESOLV_CONF = '/etc/resolv.conf';

/** glibc takes no larger `ndots` (resolv.conf(5)). */
const MAX_NDOTS = 15;

/** Reads a resolv.conf: of `search` and `domain` the last line holds, of options the last word. */
export function readResolvConf(text: string): ResolvConf {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const wordsOf = (...names: string[]) =>
    lines
      .map((line) => line.split(/\s+/))
      .filter(([name = '']) => names.includes(name))
      .map(([, ...words]) => words);
  const ndots = wordsOf('options')
    .flat()
    .flatMap((word) => /^ndots:(\d+)$/.exec(word)?.[1] ?? [])
    .at(-1);
  return {
    nameservers: wordsOf('nameserver').flatMap(([address]) => address ?? []),
    search: wordsOf('search', 'domain').at(-1) ?? [],
    ndots: ndots === undefined ? 1 : Math.min(MAX_NDOTS, Number(ndots)),
    comments: lines.filter((line) => /^[#;]/.test(line)).join('\n'),
  };
}
