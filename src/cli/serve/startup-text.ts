import { directivesNamed, type Line } from '../../corefile/parse.ts';
import { addressAndPort, addressBytes } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { originText } from '../../kube/origin.ts';
import { plugin as forwardPlugin } from '../../plugins/forward/setup.ts';
import { namesLines } from './loaded-text.ts';
import { type Loaded, reachable, type Started } from './started.ts';
import { digLine } from './try-line.ts';

/** Lines about forwarding. */
const MAX_FORWARDS = 5;

/**
 * The start-up text: what was loaded, what was refused and where, where it is answered, and a line
 * to paste that gets an answer.
 */
export function startupText(started: Started): string {
  const { version, loaded } = started;
  const [only, ...others] = loaded;
  const isOne = only !== undefined && others.length === 0;
  const lines = [
    isOne ? `svcdns ${version}: ${zonesText(only)}` : `svcdns ${version}`,
    ...loaded.flatMap((one) => [
      '',
      ...(isOne ? [] : [`${zonesText(one)}:`]),
      ...namesLines(one, started),
    ]),
    `Listening on ${started.addresses.map(addressAndPort).join(', ')} (UDP and TCP)`,
    transportLine(started.transport),
    ...adminLines(started),
    ...forwardLines(started),
    ...clusterIpLines(started),
    '',
    // A Corefile without `kubernetes` has no names of its own.
    ...(only === undefined ? [] : [`Try: ${digLine(started, only)}`, '']),
  ];
  return `${lines.join('\n')}\n`;
}

function transportLine({ name, missing, threads }: Started['transport']): string {
  const carrier = threads === 1 ? name : `${name}, ${threads} threads`;
  return missing === undefined
    ? `UDP transport: ${carrier}`
    : `UDP transport: ${name} (${missing})`;
}

function zonesText({ source }: Loaded): string {
  return source.zone.zones.map((name) => name || '.').join(', ');
}

function adminLines({ admin, settings }: Started): string[] {
  if (admin === undefined) return [];
  const at = `http://${addressAndPort(reachable(admin))}/`;
  return [
    `Admin: ${at}health, /ready, /metrics and /objects`,
    ...(settings.options.page ? [`Page: ${at} in a browser`] : []),
  ];
}

/** Which names leave for which servers: what happens to all the names that are not in the table. */
function forwardLines({ settings, leadingBack }: Started): string[] {
  const back = new Set(leadingBack.map(originText));
  const lines = settings.blocks.flatMap(({ block }) =>
    directivesNamed(block, forwardPlugin.directive),
  );
  if (lines.length === 0)
    return ['Forwarding nothing: names that are not answered here are refused'];
  const more = lines.length - MAX_FORWARDS;
  return [
    ...lines
      .slice(0, MAX_FORWARDS)
      .map((line) => forwardLine(line, back.has(originText(line.origin)))),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function forwardLine({ args: [from, ...to] }: Line, leadsBack: boolean): string {
  const names = from?.text === '.' ? 'all other names' : `names of ${from?.text}`;
  const servers = to.map(({ text }) => (text.startsWith('/') ? `the servers in ${text}` : text));
  const where = servers.join(', ');
  return leadsBack
    ? `Not forwarding ${names}, which get SERVFAIL: there is none but this server itself among ${where}`
    : `Forwarding ${names} to ${where}`;
}

/** Names that resolve, and connections that then hang, are the second thing that people meet. */
function clusterIpLines({ loaded, networks }: Started): string[] {
  const all = loaded.flatMap(({ summary }) => summary.clusterIPs ?? []);
  const lost = all.find((ip) => networks?.has(addressBytes(ip) as Uint8Array) === false);
  if (lost === undefined) return [];
  return [
    `Cluster IPs such as ${lost} are answered, but no interface or route of this machine leads there,`,
    'a default route aside: connections hang unless something translates them, as kube-proxy does.',
    '--clusterip endpoints answers with endpoints instead: see "I get an address and curl hangs" in README',
  ];
}

/** What is printed when the manifests cannot all be read, in place of the table. */
export function waitingText(
  addresses: readonly SocketAddress[],
  manifests: readonly string[],
): string {
  const where = addresses.map(addressAndPort);
  return `Listening on ${where.join(', ')}, and waiting: not all of these can be read yet, so names that are not found get SERVFAIL:
${manifests.map((path) => `  ${path}`).join('\n')}
`;
}
