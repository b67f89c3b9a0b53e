import { resolve } from 'node:path';
import { folderOf } from '../../app/corefile.ts';
import { directivesNamed, type Line, type Word } from '../../corefile/parse.ts';
import { ProblemList } from '../../corefile/problems.ts';
import { addressAndPort } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { originText } from '../../kube/origin.ts';
import { Directive } from '../../plugins/directive.ts';
import { destinationFrom } from '../../plugins/forward/options/destination.ts';
import { DEFAULTS } from '../../plugins/forward/options/options.ts';
import { type Draft, readOptions } from '../../plugins/forward/options/read-options.ts';
import { plugin as forwardPlugin } from '../../plugins/forward/setup.ts';
import { systemSockets, type TlsIdentity } from '../../plugins/forward/transport/sockets.ts';
import { isOwnAddress } from '../../plugins/forward/upstream/own-address.ts';
import { nameserversIn } from '../../plugins/forward/upstream/sources.ts';
import { wantedAddresses } from '../../server/listen/addresses.ts';
import type { Examination } from './finding.ts';
import type { Machine } from './machine.ts';

/** A server that a `forward` line names. */
export interface ForwardTarget extends SocketAddress {
  /** `10.0.0.2:53`. */
  readonly label: string;
  /** Where it is named: `Corefile:5:15`, `/etc/resolv.conf:2`. */
  readonly origin: string;
  /** How it is verified; undefined without TLS. */
  readonly tls: TlsIdentity | undefined;
  /** It is the server itself, which leaves it out. */
  readonly isOwn: boolean;
}

/** A `forward` line. */
export interface ForwardLine {
  readonly origin: string;
  readonly targets: readonly ForwardTarget[];
  /** Those given by name, whose addresses are not looked up here. */
  readonly hosts: readonly ForwardHost[];
}

export interface ForwardHost {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsIdentity | undefined;
  readonly origin: string;
}

/** The `forward` lines of the settings, with the servers that their files name. */
export function forwardLines(examination: Examination): readonly ForwardLine[] {
  return examination.settings.blocks
    .flatMap(({ block }) => directivesNamed(block, forwardPlugin.directive))
    .map((line) => readLine(line, examination));
}

function readLine(line: Line, examination: Examination): ForwardLine {
  const {
    args: [, ...to],
    origin,
  } = line;
  const { machine, settings } = examination;
  const folder = folderOf(settings);
  const isOwn = ownServers(examination);
  const tls = tlsOf(line, machine, folder);
  const read = to.map((word) => readWord(word, tls, machine, folder));
  return {
    // Servers that an option names stand in a line of the built-in Corefile.
    origin: originText(to[0]?.origin ?? origin),
    hosts: read.flatMap(({ host }) => host ?? []),
    targets: read
      .flatMap(({ found }) => found)
      .map((one) => ({
        ...one,
        label: addressAndPort(one),
        isOwn: isOwn(one),
      })),
  };
}

/** Whether a server is the one that the settings start. */
export function ownServers({ machine, settings }: Examination): (one: SocketAddress) => boolean {
  const own = wantedAddresses(settings.listen, machine.interfaces());
  const local = () => own.map(({ address }) => address);
  return (one) => isOwnAddress(one, settings.listen, local);
}

interface ReadWord {
  readonly found: readonly Omit<ForwardTarget, 'isOwn' | 'label'>[];
  readonly host?: ForwardHost;
}

function readWord(
  { text, origin }: Word,
  tls: TlsIdentity,
  machine: Machine,
  folder: string,
): ReadWord {
  const to = destinationFrom(text, (path) => machine.kind(resolve(folder, path)) === 'file');
  const identity = (servername: string | undefined) =>
    'isTls' in to && to.isTls ? { ...tls, servername: servername ?? tls.servername } : undefined;
  switch (to.kind) {
    case 'address':
      return { found: [{ ...to, tls: identity(to.servername), origin: originText(origin) }] };
    case 'file': {
      const path = resolve(folder, to.path);
      const servers = nameserversIn(machine.read(path) ?? '');
      const at = (line: number) => ({ origin: `${path}:${line}`, port: 53, tls: undefined });
      return { found: servers.map(({ address, line }) => ({ address, ...at(line) })) };
    }
    case 'host':
      return {
        found: [],
        host: { ...to, tls: identity(tls.servername ?? to.host), origin: originText(origin) },
      };
    case 'fault':
      return { found: [] }; // an error of the settings
  }
}

/** How the servers of a line are verified. What is wrong with its options, `settings` says. */
function tlsOf(line: Line, machine: Machine, folder: string): TlsIdentity {
  const draft: Draft = { ...DEFAULTS };
  const directive = new Directive(forwardPlugin.directive, new ProblemList());
  const files = {
    isFile: (path: string) => machine.kind(path) === 'file',
    read: (path: string) => machine.read(path) ?? '',
    stamp: async () => undefined,
  };
  readOptions(line, draft, { directive, folder, machine: { files, sockets: systemSockets } });
  // Files that cannot be used would fail each connection: then the system's authorities do.
  return directive.failed ? { ...DEFAULTS.tls, servername: draft.tls.servername } : draft.tls;
}
