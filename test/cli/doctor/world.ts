import type { NetworkInterfaceInfo } from 'node:os';
import type { Check, Examination } from '../../../src/cli/doctor/finding.ts';
import type { Machine } from '../../../src/cli/doctor/machine.ts';
import { isBelow } from '../../../src/cli/doctor/mounts.ts';
import type { Answer, Network, Question } from '../../../src/cli/doctor/network.ts';
import { commandLineOptions } from '../../../src/cli/setting-flags.ts';
import { loadSettings } from '../../../src/config/load.ts';
import { addressBytes } from '../../../src/dns/address.ts';
import { Type } from '../../../src/dns/codes.ts';
import { NetworkSet, parseCidr } from '../../../src/dns/network.ts';
import type { ResourceRecord } from '../../../src/dns/record.ts';
import type { PortHolder } from '../../../src/server/listen/port-holder.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { folderWith, WEB } from '../folder.ts';

/** A machine in memory. */
export interface FakeWorld {
  /** What `serve` would be given, as `--listen`. `--manifests` is a folder with one Service. */
  readonly flags?: Readonly<Record<string, string | readonly string[]>>;
  readonly corefile?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
  readonly nodeVersion?: string;
  /** `udp 127.0.0.1:53` → who listens there. */
  readonly holders?: Readonly<Record<string, PortHolder>>;
  /** Networks that something leads to. */
  readonly routes?: readonly string[];
  /** `udp 10.0.0.2:53 . SOA` → the answer; other questions are not answered. */
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly metrics?: string;
  /** Seconds since 1970, by the path. */
  readonly changed?: Readonly<Record<string, number>>;
  readonly wallSeconds?: number;
  /** How many folders of manifests there are. */
  readonly folders?: number;
  readonly hasIpv6?: boolean;
}

/** What the machine's resolver says of names. */
const HOSTS: Readonly<Record<string, readonly string[]>> = {
  'dns.example': ['192.0.2.1'],
  'here.example': ['127.0.0.1'],
};

const LO = [
  { address: '127.0.0.1', family: 'IPv4' },
  { address: '::1', family: 'IPv6', scopeid: 0 },
] as NetworkInterfaceInfo[];

/** What a check finds there, a line each: `level: text | fix`; the Corefile without its folder. */
export async function found(check: Check, world: FakeWorld = {}): Promise<string[]> {
  const examination = examinationOf(world);
  const findings = await check.run(examination);
  return findings.map(({ level, text, fix }) =>
    [
      `${level}: ${text.replace(`${examination.cwd}/Corefile:`, 'Corefile:')}`,
      ...(fix === undefined ? [] : [fix]),
    ].join(' | '),
  );
}

/** The folder that manifests and the Corefile of these tests lie in, as messages show it. */
const FOLDER = 'FOLDER';

export function examinationOf(world: FakeWorld): Examination {
  const { folder, machine, network } = worldOf(world);
  const config = world.corefile === undefined ? 'off' : `${folder}/Corefile`;
  const options = commandLineOptions({ config, manifests: [`${folder}/k8s`], ...world.flags });
  const result = loadSettings({ options, env: {}, cwd: folder, interfaces: { lo: LO } });
  const settings = result.settings ?? ('draft' in result ? result.draft : undefined);
  const { problems } = result;
  if (settings === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const clock = new FakeClock(world.wallSeconds);
  return { machine, network, clock, settings, problems, cwd: folder };
}

/** The same for the whole command, with a folder of manifests that is there. */
export function worldOf(world: FakeWorld): {
  readonly folder: string;
  readonly machine: Machine;
  readonly network: Network;
} {
  const { corefile } = world;
  const files = corefile === undefined ? {} : { Corefile: corefile };
  const folder = folderWith({ 'k8s/web.yaml': WEB, ...files });
  return { folder, machine: machineOf(world, folder), network: networkOf(world) };
}

function machineOf(world: FakeWorld, folder: string): Machine {
  const { files = {}, holders = {}, changed = {}, routes = [] } = world;
  const name = (path: string) => path.replace(folder, FOLDER);
  const file = (path: string) => files[name(path)]?.replaceAll(FOLDER, folder);
  return {
    platform: world.platform ?? 'linux',
    nodeVersion: world.nodeVersion ?? '24.14.1',
    env: world.env ?? {},
    read: file,
    kind: (path) => (file(path) === undefined ? undefined : 'file'),
    changedAt: (path) => changed[name(path)],
    interfaces: () => ({ lo: world.hasIpv6 === false ? LO.slice(0, 1) : LO }),
    networks: () => new NetworkSet(routes.map((cidr) => parseCidr(cidr)!)),
    holder: async (protocol, address, port) => holders[`${protocol} ${address}:${port}`],
    scan: (paths) => ({
      files: Object.keys(changed)
        .map((path) => path.replace(FOLDER, folder))
        .filter((path) => paths.some((root) => isBelow(path, root)))
        .map((path) => ({ file: path, path, real: path, refusal: undefined })),
      folders: new Map(Array.from({ length: world.folders ?? 1 }, (_, at) => [`/${at}`, ''])),
    }),
    random: () => '0123456789abcdef',
  };
}

function networkOf({ answers = {}, metrics }: FakeWorld): Network {
  return {
    ask: async (question) => answers[questionText(question)] ?? { fault: 'no reply' },
    addresses: async (host) => HOSTS[host] ?? [],
    metrics: async () => metrics,
  };
}

/** `tls dns.example 192.0.2.1:853 . SOA` with TLS: the name that the server is to have. */
function questionText({ transport, server, name, type, tls }: Question): string {
  const typeName = Object.entries(Type).find(([, code]) => code === type)?.[0];
  const how = tls === undefined ? transport : `tls ${tls.servername ?? '-'}`;
  return `${how} ${server.address}:${server.port} ${name} ${typeName}`;
}

/** An answer with these records. */
export function answer(rcode: number, records: readonly ResourceRecord[] = [], ms = 1): Answer {
  return { rcode, records, ms };
}

export function addressRecord(address: string): ResourceRecord {
  const data = { kind: 'address', address: addressBytes(address)! } as const;
  return { owner: '', type: Type.A, ttl: 5, data };
}
