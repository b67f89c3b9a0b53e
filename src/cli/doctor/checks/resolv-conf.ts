import { addressAndPort, plainAddress } from '../../../dns/address.ts';
import { isOwnAddress } from '../../../plugins/forward/upstream/own-address.ts';
import { wantedAddresses } from '../../../server/listen/addresses.ts';
import { type Check, type Examination, type Finding, info, ok, warn } from '../finding.ts';
import { servesZone } from '../own-places.ts';
import { RESOLV_CONF, type ResolvConf, readResolvConf } from '../resolv-conf.ts';

const DNS_PORT = 53; // the only one that a resolv.conf can mean

/** glibc's MAXNS; musl has as many. */
const MAX_NAMESERVERS = 3;

/** musl keeps no more characters of the search list; glibc before 2.26 no more domains than 6. */
const MAX_SEARCH_CHARACTERS = 255;
const MAX_SEARCH_DOMAINS = 6;

/** Resolvers on loopback that answer for the machine, by address. */
const STUBS: ReadonlyMap<string, readonly [text: string, fix: string]> = new Map([
  ['127.0.0.53', ['systemd-resolved, which asks those that it knows', 'resolvectl status']],
  ['127.0.0.54', ['systemd-resolved, which asks those that it knows', 'resolvectl status']],
  ['127.0.0.11', ["Docker's resolver, which asks the servers of dns:", 'docker inspect CONTAINER']],
]);

/** Which servers the programs of this machine ask, and whether svcdns is among them. */
export const resolvConf: Check = {
  id: 'resolv.conf',
  async run(examination) {
    const { machine } = examination;
    if (machine.platform === 'win32') return [];
    if (machine.platform === 'darwin') {
      return [info('programs of macOS do not go by /etc/resolv.conf', 'scutil --dns')];
    }
    const text = machine.read(RESOLV_CONF);
    if (text === undefined) {
      return [warn(`${RESOLV_CONF} cannot be read: programs ask 127.0.0.1, port 53`)];
    }
    const read = readResolvConf(text);
    return [...(await serverFindings(read, examination)), ...listFindings(read)];
  },
};

async function serverFindings(
  { nameservers }: ResolvConf,
  examination: Examination,
): Promise<Finding[]> {
  const used = nameservers.slice(0, MAX_NAMESERVERS).map(plainAddress);
  const { settings, machine } = examination;
  const local = wantedAddresses([{ address: '', port: DNS_PORT }], machine.interfaces());
  const isMeant = (address: string) =>
    isOwnAddress({ address, port: DNS_PORT }, settings.listen, () =>
      local.map((one) => one.address),
    );
  const isOwn = await Promise.all(
    used.map(async (address) => {
      if (!isMeant(address)) return false;
      const holder = await machine.holder('udp', address, DNS_PORT);
      const place = { address, port: DNS_PORT };
      return holder === undefined || servesZone(place, holder, examination);
    }),
  );
  const own = used.filter((_, at) => isOwn[at]);
  const others = used.filter((_, at) => !isOwn[at]);
  if (own.length > 0 && others.length > 0) {
    const text = `${RESOLV_CONF} names ${others.join(', ')} beside svcdns: musl asks all at once, and takes what answers first`;
    return [warn(text, `sudo sed -i '/^nameserver ${others[0]}/d' ${RESOLV_CONF}`)];
  }
  if (own.length > 0) return [ok(`programs of this machine ask svcdns (${own.join(', ')})`)];
  const silent = await silentLoopback(used, examination);
  if (silent !== undefined) return [silent];
  const [first] = used;
  if (first === undefined) {
    return [warn(`${RESOLV_CONF} has no nameserver line: programs ask 127.0.0.1, port 53`)];
  }
  const stub = STUBS.get(first);
  if (stub === undefined) {
    const text = `programs of this machine ask ${used.join(', ')}, and not svcdns`;
    return [info(text, 'docs/resolvers.md: Sending names to svcdns')];
  }
  const [who, fix] = stub;
  return [info(`programs of this machine ask ${first}, ${who}`, fix)];
}

/** A server of this machine that is named, and is not there. */
async function silentLoopback(
  used: readonly string[],
  { machine, settings }: Examination,
): Promise<Finding | undefined> {
  if (machine.platform !== 'linux') return undefined;
  for (const address of used) {
    if (STUBS.has(address) || !(address.startsWith('127.') || address === '::1')) continue;
    if ((await machine.holder('udp', address, DNS_PORT)) !== undefined) continue;
    const place = addressAndPort({ address, port: DNS_PORT });
    const where = settings.listen.map(addressAndPort).join(', ');
    const text = `${RESOLV_CONF} names ${place}, where nothing listens; svcdns would listen on ${where}`;
    return warn(text, `svcdns serve --listen ${place}`);
  }
  return undefined;
}

function listFindings({ nameservers, search, ndots, comments }: ResolvConf): Finding[] {
  const findings: Finding[] = [];
  if (nameservers.length > MAX_NAMESERVERS) {
    const text = `${RESOLV_CONF} has ${nameservers.length} nameservers: the C libraries use ${MAX_NAMESERVERS}`;
    findings.push(warn(text, `remove ${nameservers.slice(MAX_NAMESERVERS).join(', ')}`));
  }
  const characters = search.join(' ').length;
  if (search.length > MAX_SEARCH_DOMAINS || characters > MAX_SEARCH_CHARACTERS) {
    const text = `the search list has ${search.length} domains, ${characters} characters: older glibc uses ${MAX_SEARCH_DOMAINS} domains, musl ${MAX_SEARCH_CHARACTERS} characters`;
    findings.push(warn(text, 'shorten it'));
  }
  if (ndots > 1 && search.length > 0) {
    const most = 2 * (search.length + 1);
    const text = `ndots:${ndots} and ${search.length} search domains: up to ${most} queries for a name with fewer than ${ndots} dots`;
    findings.push(info(text, 'end outside names with a dot, or serve with autopath'));
  }
  const writer = writerOf(comments);
  if (writer !== undefined) {
    const [name, fix] = writer;
    findings.push(info(`${RESOLV_CONF} is written by ${name}: edits of it do not last`, fix));
  }
  return findings;
}

/** Who says in a comment that the file is theirs. */
const WRITERS: readonly (readonly [pattern: RegExp, name: string, fix: string])[] = [
  [/systemd-resolved/, 'systemd-resolved', 'resolvectl dns'],
  [/NetworkManager/, 'NetworkManager', 'nmcli connection modify NAME ipv4.dns ADDRESS'],
  [/tailscale/i, 'Tailscale', 'tailscale set --accept-dns=false'],
  [/Docker Engine/, 'Docker', 'dns: in the compose file, --dns of docker run'],
  [/resolvconf/, 'resolvconf', '/etc/resolvconf.conf or /etc/resolvconf/resolv.conf.d/head'],
  [/\bWSL\b/, 'WSL', '[network] generateResolvConf = false in /etc/wsl.conf'],
];

function writerOf(comments: string): readonly [name: string, fix: string] | undefined {
  const found = WRITERS.find(([pattern]) => pattern.test(comments));
  return found === undefined ? undefined : [found[1], found[2]];
}
