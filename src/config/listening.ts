import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import { type ProblemList, quoted } from '../corefile/problems.ts';
import { zoneText } from '../corefile/zone-name.ts';
import type { AdminDirective } from '../plugins/admin-addresses.ts';
import { type BoundBlock, plugin as bindPlugin, socketsOf } from '../plugins/bind.ts';
import { OFF } from '../plugins/flag.ts';
import { lineText } from '../plugins/line-edits.ts';
import { unrepeated } from './corefile-target.ts';
import type { CorefileText } from './corefile-text.ts';
import { type GivenOptions, reportContradiction } from './given-options.ts';
import { DEFAULT_ADMIN, DNS_PORT } from './plain-target.ts';
import { type BlockSettings, DEFAULTS } from './settings.ts';

/** Server blocks with the addresses where they are served. */
interface ServedBlocks {
  readonly blocks: readonly Omit<BlockSettings, 'kubernetes'>[];
  /** The command line or the environment says where, and not the Corefile. */
  readonly isMoved: boolean;
  /** What they say, unless it is the port alone. */
  readonly asked: GivenOptions['listen'];
}

/** Where each block is served: as the Corefile says, or else as `--listen` and `-dns.port` do. */
export function servedBlocks(
  blocks: readonly BoundBlock[],
  { isBuiltIn, port }: { readonly isBuiltIn: boolean; readonly port: number | undefined },
  given: GivenOptions,
  problems: ProblemList,
): ServedBlocks {
  const defaultPort = port ?? DNS_PORT;
  const own = blocks.map(({ block }) => block);
  const asked = isBuiltIn ? given.listen : listenBeside(own, given, problems);
  const isMoved = isBuiltIn || asked !== undefined;
  const served = blocks.map((one) => {
    const sockets = socketsOf(one, defaultPort);
    const listen = isMoved ? listenAddresses(sockets, asked, port, problems) : sockets;
    // Where the command line says where to listen, whatever its keys have.
    const zones = one.block.keys.map(({ zone, port = defaultPort }) => ({
      zone,
      port: isMoved ? undefined : port,
    }));
    return { block: one.block, listen, zones };
  });
  return { blocks: served, isMoved, asked };
}

/** `listen`, unless a Corefile of the user has ports or addresses of its own. */
function listenBeside(
  blocks: readonly ServerBlock[],
  { listen }: GivenOptions,
  problems: ProblemList,
): GivenOptions['listen'] {
  if (listen === undefined) return undefined;
  const key = blocks.flatMap(({ keys }) => keys).find(({ port }) => port !== undefined);
  const [bind] = blocks.flatMap((block) => directivesNamed(block, bindPlugin.directive));
  const says = key === undefined ? bind && lineText(bind) : `${zoneText(key.zone)}:${key.port}`;
  const origin = (key ?? bind)?.origin;
  if (says === undefined || origin === undefined) return listen;
  reportContradiction(listen, origin, quoted(says), 'CONFIG_LISTEN', problems);
  return undefined;
}

/** Where a block is served: at its own sockets, or at what was given instead. */
function listenAddresses(
  sockets: readonly ListenAddress[],
  listen: GivenOptions['listen'],
  port: number | undefined,
  problems: ProblemList,
): readonly ListenAddress[] {
  if (listen === undefined) {
    return port === undefined ? sockets : sockets.map((socket) => ({ ...socket, port }));
  }
  const defaultPort = port ?? sockets[0]?.port ?? DNS_PORT;
  // The image sets the variable to all addresses, with a port; the flag was typed.
  const overridesPort = port !== undefined && listen.isVariable;
  const wanted = new Map<string, ListenAddress>();
  for (const text of listen.value) {
    const parsed = parseListenAddress(text, defaultPort);
    if ('fault' in parsed) problems.error('CONFIG_LISTEN', parsed.fault, listen.origin);
    else {
      const address = overridesPort ? { ...parsed.address, port } : parsed.address;
      wanted.set(JSON.stringify(address), address);
    }
  }
  if (listen.value.length === 0) {
    const message = 'Cannot listen nowhere: expected an address, as in 127.0.0.1:1053';
    problems.error('CONFIG_LISTEN', message, listen.origin);
  }
  return [...wanted.values()];
}

/**
 * Where the admin server listens: where `--admin` says; else, with a Corefile of the user's,
 * wherever it has `health`, `ready` and `prometheus`.
 */
export function adminAddresses(
  { admin }: GivenOptions,
  directives: readonly AdminDirective[],
  source: CorefileText,
  problems: ProblemList,
): readonly ListenAddress[] {
  if (admin === undefined) {
    return source.isBuiltIn ? DEFAULTS.admin : unrepeated(directives.map(({ address }) => address));
  }
  if (admin.value === OFF) return [];
  const parsed = parseListenAddress(admin.value, DEFAULT_ADMIN.port);
  if ('address' in parsed) return [parsed.address];
  problems.error('CONFIG_ADMIN', `${parsed.fault}; 'off' for none`, admin.origin);
  return [];
}
