import type { Network } from '../../dns/network.ts';
import { parseCidr } from '../../dns/network.ts';
import { type ComposePort, readPorts } from './compose-ports.ts';
import { ComposeError, listOf, type Mapping, mappingOf, namesOf } from './compose-yaml.ts';

/** What compose files say together that matters to DNS. */
export interface ComposeFile {
  /** As written; `docker-compose` of before 2021 wants the same one in every file. */
  readonly version: string | undefined;
  /** The top-level `name`, if it is there. */
  readonly name: string | undefined;
  readonly services: ReadonlyMap<string, ComposeService>;
  /** Networks that are declared. */
  readonly networks: ReadonlySet<string>;
  readonly subnets: readonly Network[];
  /** What could not be read, a line each. */
  readonly notes: readonly string[];
}

export interface ComposeService {
  readonly name: string;
  /** Empty when it says nothing: then it is in `default`. */
  readonly networks: readonly string[];
  /** `host`, `none`, `service:web`: it has no networks of its own. */
  readonly networkMode: string | undefined;
  /** Which of `dns`, `dns_search` and `dns_opt` it has itself. */
  readonly ownDns: ReadonlySet<DnsKey>;
  /** That containers listen on, by `ports` and `expose`. */
  readonly ports: readonly ComposePort[];
}

const DNS_KEYS = ['dns', 'dns_search', 'dns_opt'] as const;
export type DnsKey = (typeof DNS_KEYS)[number];

/** A file, read. */
export interface ComposeText {
  /** As messages show it. */
  readonly file: string;
  readonly content: Mapping;
}

/**
 * What several files come to, of which later ones add to earlier ones, as compose merges them.
 *
 * @throws {ComposeError} when one is no compose file.
 */
export function mergedCompose(texts: readonly ComposeText[]): ComposeFile {
  const services = new Map<string, ComposeService>();
  const networks = new Set<string>();
  const subnets: Network[] = [];
  const notes: string[] = [];
  for (const { file, content } of texts) {
    for (const [name, value] of Object.entries(
      mappingOf(content['services'], `${file}: services`),
    )) {
      const place = `${file}: services.${name}`;
      services.set(name, mergedService(name, mappingOf(value, place), services.get(name), notes));
    }
    for (const [name, value] of Object.entries(
      mappingOf(content['networks'], `${file}: networks`),
    )) {
      networks.add(name);
      subnets.push(...subnetsOf(mappingOf(value, `${file}: networks.${name}`), name, notes));
    }
    if (content['include'] !== undefined) notes.push(`${file}: files under include are not read`);
  }
  if (services.size === 0) {
    const files = texts.map(({ file }) => file).join(', ');
    throw new ComposeError(`${files}: found no services, expected a compose file`);
  }
  return {
    version: lastText(texts, 'version'),
    name: lastText(texts, 'name'),
    services,
    networks,
    subnets,
    notes,
  };
}

function mergedService(
  name: string,
  content: Mapping,
  before: ComposeService | undefined,
  notes: string[],
): ComposeService {
  const { ports, faults } = readPorts([...listOf(content['ports']), ...listOf(content['expose'])]);
  notes.push(...faults.map((fault) => `services.${name}: ${fault}`));
  const own = DNS_KEYS.filter((key) => listOf(content[key]).length > 0);
  const mode = content['network_mode'];
  const known = new Map((before?.ports ?? []).map((port) => [JSON.stringify(port), port]));
  for (const port of ports) known.set(JSON.stringify(port), port);
  return {
    name,
    networks: [...new Set([...(before?.networks ?? []), ...namesOf(content['networks'])])],
    networkMode: typeof mode === 'string' ? mode : before?.networkMode,
    ownDns: new Set([...(before?.ownDns ?? []), ...own]),
    ports: [...known.values()],
  };
}

function subnetsOf(network: Mapping, name: string, notes: string[]): Network[] {
  const ipam = mappingOf(network['ipam'], `networks.${name}.ipam`);
  return listOf(ipam['config']).flatMap((item) => {
    const text = mappingOf(item, `networks.${name}.ipam.config`)['subnet'];
    if (text === undefined) return [];
    const subnet = parseCidr(String(text));
    if (subnet === undefined) notes.push(`networks.${name}: cannot tell the subnet of ${text}`);
    return subnet ?? [];
  });
}

function lastText(texts: readonly ComposeText[], key: string): string | undefined {
  return texts
    .map(({ content }) => content[key])
    .filter((value) => typeof value === 'string')
    .at(-1);
}
