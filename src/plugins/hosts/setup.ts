import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Line, Word } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import type { NameKey } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import { gauge, type MetricTable } from '../../observe/metric-spec.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive, type ReadOption } from '../directive.ts';
import { DISK_READER, type FileReader } from '../file-reader.ts';
import type { OptionForms } from '../option-form.ts';
import { WatchedFile } from '../watched-file.ts';
import { HOSTS_FLAGS, NAME, NO_FILE } from './flags.ts';
import { Hosts } from './index.ts';
import { HostsSource, MAX_HOSTS_BYTES } from './source.ts';
import { hostAddress, hostName } from './table.ts';

const DEFAULT_FILE = '/etc/hosts';

const EMPTY: FileReader = {
  version: async () => ({ modifiedMs: 0, changedMs: 0, bytes: 0, inode: 0 }),
  read: async () => Buffer.alloc(0),
};

/** The largest TTL that CoreDNS takes here. */
const MAX_TTL_SECONDS = 65_535;

const OPTIONS = {
  ttl: 'SECONDS',
  no_reverse: '',
  reload: 'DURATION',
  fallthrough: '[ZONES...]',
  fallthrough_unsupported: '',
} as const satisfies OptionForms;

/** What the lines of the block say. */
interface Draft {
  ttl: number;
  reloadMs: number;
  hasReverse: boolean;
  passesOtherTypes: boolean;
  fallthrough: readonly NameKey[];
  readonly inline: string[];
}

/** What is shown of hosts files. */
const HOSTS_METRICS = {
  coredns_hosts_entries: gauge(
    'Pairs of an address and a name in a hosts file and its block.',
    { hostsfile: 'configured' },
    'most',
  ),
  coredns_hosts_reload_timestamp_seconds: gauge(
    'Modification time of the hosts file in use.',
    {},
    'most',
  ),
} as const satisfies MetricTable;

/** Reads `hosts [FILE [ZONES...]] { ADDRESS NAME... ; ttl; no_reverse; reload; fallthrough … }`. */
export const plugin = {
  directive: NAME,
  options: OPTIONS,
  flags: HOSTS_FLAGS,
  metrics: HOSTS_METRICS,
  answers: true,
  isNeverCached: true,
  setup(lines, context, problems) {
    const directive = new Directive(NAME, problems);
    const line = directive.single(lines);
    const [file, ...zoneWords] = line.args;
    const zones = directive.zones(zoneWords, blockZones(context));
    const draft: Draft = {
      ttl: 3600, // CoreDNS's: what is in a hosts file stays there for long
      reloadMs: 5000,
      hasReverse: true,
      passesOtherTypes: false,
      fallthrough: [],
      inline: [],
    };
    for (const option of line.block ?? []) {
      if (hostAddress(option.name) !== undefined) readInline(option, draft, zones, directive);
      else directive.option(option, OPTIONS, READERS, draft, directive);
    }
    const path = resolve(context.folder, file?.text ?? DEFAULT_FILE);
    warnOfFile(path, file?.origin ?? line.origin, directive);
    if (directive.failed) return undefined;

    const { log, clock } = context;
    const metrics = context.metrics.of(HOSTS_METRICS);
    const source = new HostsSource(
      {
        path,
        rules: { zones, hasReverse: draft.hasReverse },
        inline: draft.inline,
        log,
        entries: metrics.gauge('coredns_hosts_entries', { hostsfile: path }),
        reloaded: metrics.gauge('coredns_hosts_reload_timestamp_seconds'),
      },
      context.kept,
    );
    const watched = new WatchedFile({
      path,
      intervalMs: draft.reloadMs,
      maxBytes: MAX_HOSTS_BYTES,
      clock,
      files: path === NO_FILE ? EMPTY : DISK_READER,
      onContent: (content, version) => source.read(content, version),
      onFault: (fault) => source.fault(fault),
    });
    return new Hosts({ ...draft, zones }, source, watched);
  },
} satisfies PluginDeclaration;

const READERS: Readonly<Record<keyof typeof OPTIONS, ReadOption<[Draft, Directive]>>> = {
  ttl: (option, draft, directive) => {
    draft.ttl = readTtl(option, directive) ?? draft.ttl;
  },
  no_reverse: (_option, draft) => {
    draft.hasReverse = false;
  },
  reload: (option, draft, directive) => {
    const reloadMs = directive.reload(option, 'invalid duration for reload', '5s');
    draft.reloadMs = reloadMs ?? draft.reloadMs;
  },
  fallthrough: (option, draft, directive) => {
    draft.fallthrough = directive.fallthrough(option);
  },
  fallthrough_unsupported: (_option, draft) => {
    draft.passesOtherTypes = true;
  },
};

function readTtl(option: Line, directive: Directive): number | undefined {
  const { text, origin } = option.args[0] as Word;
  const ttl = Number(text);
  if (/^\d{1,9}$/.test(text) && ttl >= 1 && ttl <= MAX_TTL_SECONDS) return ttl;
  const expected = `expected seconds from 1 to ${MAX_TTL_SECONDS}`;
  directive.error(`ttl provided is invalid: ${quoted(text)}: ${expected}`, origin);
  return undefined;
}

function readInline(
  line: Line,
  draft: Draft,
  zones: readonly NameKey[],
  directive: Directive,
): void {
  if (!directive.hasNoBlock(line)) return;
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  for (const { text, origin } of line.args) {
    const name = hostName(text);
    if (name === undefined) {
      directive.error(`Cannot use ${quoted(text)} as the name of a host`, origin);
    } else if (!isInAny(name, zones)) {
      directive.warning(`Ignored ${quoted(text)}: it is in no zone of this directive`, origin);
    }
  }
  draft.inline.push([line.name, ...line.args.map((word) => word.text)].join(' '));
}

/** What is wrong with the file now may be fixed by the time it is read, so it is no error. */
function warnOfFile(path: string, origin: Word['origin'], directive: Directive): void {
  const fault = hostsFileFault(path);
  if (fault !== undefined) directive.warning(`${fault}: ${quoted(path)}`, origin);
}

/** In CoreDNS's words. */
function hostsFileFault(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return 'Hosts file is a folder';
    return found.size > MAX_HOSTS_BYTES ? `File is over ${MAX_HOSTS_BYTES} bytes` : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'File does not exist' : `unable to access hosts file (${code})`;
  }
}
