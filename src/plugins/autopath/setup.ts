import { resolve } from 'node:path';
import { DISK, type Files } from '../../corefile/files.ts';
import type { Word } from '../../corefile/parse.ts';
import { didYouMean, listed, quoted } from '../../corefile/problems.ts';
import type { NameKey } from '../../dns/name.ts';
import { counter, type MetricTable } from '../../observe/metric-spec.ts';
import { fileFault } from '../../support/file-error.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive } from '../directive.ts';
import type { PluginContext, PluginSetup } from '../plugin.ts';
import { Autopath } from './index.ts';
import { fixedPath, podPath, type SearchPath, searchDomains } from './search-path.ts';

const KUBERNETES = '@kubernetes';

/** Where the kubelet finds the domains that it adds after those of the cluster. */
const NODE_RESOLV_CONF = '/etc/resolv.conf';

const MAX_FILE_BYTES = 64 * 1024;

/** What `autopath` counts. */
const AUTOPATH_METRICS = {
  coredns_autopath_success_total: counter('Queries answered from a search path.', {
    server: 'configured',
  }),
} as const satisfies MetricTable;

/** Reads `autopath [ZONES...] RESOLV-CONF|@kubernetes`, with the disk. */
export const plugin: PluginDeclaration<Autopath> = {
  directive: 'autopath',
  metrics: AUTOPATH_METRICS,
  setup: setupWith(DISK),
  renames: true,
  clusterAnswers: (autopath) => autopath,
};

/** The same with files of a test. */
export function setupWith(files: Files): PluginSetup<Autopath> {
  return (lines, context, problems) => {
    const directive = new Directive('autopath', problems);
    const line = directive.single(lines);
    directive.hasNoOptions(line);
    const source = line.args.at(-1);
    if (source === undefined) {
      directive.error('no resolv-conf specified: expected a file or @kubernetes', line.origin);
      return undefined;
    }
    const zones = directive.zones(line.args.slice(0, -1), blockZones(context));
    const path = readSource(source, context, files, directive);
    if (directive.failed || path === undefined) return undefined;
    const { server } = context;
    const metrics = context.metrics.of(AUTOPATH_METRICS);
    return new Autopath(zones, path, metrics.counter('coredns_autopath_success_total', { server }));
  };
}

function readSource(
  source: Word,
  context: PluginContext,
  files: Files,
  directive: Directive,
): SearchPath | undefined {
  const { text, origin } = source;
  if (!text.startsWith('@')) {
    const domains = readFile(source, resolve(context.folder, text), files, directive);
    return domains && fixedPath(domains);
  }
  if (text !== KUBERNETES) {
    const near = didYouMean(text, [KUBERNETES]) || `: expected ${KUBERNETES}`;
    directive.error(`no plugin ${quoted(text)} knows search paths${near}`, origin);
    return undefined;
  }
  if (context.pods === undefined) {
    // As in CoreDNS, which does not even say so.
    const message = `${KUBERNETES} has no effect: expected a kubernetes block with 'pods verified' in this server block`;
    directive.warning(message, origin);
    return undefined;
  }
  return podPath(context.pods, nodeDomains(files));
}

function readFile(
  { text, origin }: Word,
  path: string,
  files: Files,
  directive: Directive,
): readonly NameKey[] | undefined {
  let content: string;
  try {
    content = files.read(path, MAX_FILE_BYTES);
  } catch (error) {
    directive.error(`failed to parse ${quoted(text)}: ${fileFault(error)}`, origin);
    return undefined;
  }
  const { domains, unreadable } = searchDomains(content);
  if (unreadable.length > 0) {
    const words = listed(unreadable.map(quoted));
    directive.warning(`left out of the search path of ${quoted(text)}: ${words}`, origin);
  }
  if (domains.length === 0) {
    directive.warning(`no search domain in ${quoted(text)}: there is no path to walk`, origin);
  }
  return domains;
}

/** As the kubelet, which goes without when there is no such file. */
function nodeDomains(files: Files): readonly NameKey[] {
  try {
    return searchDomains(files.read(NODE_RESOLV_CONF, MAX_FILE_BYTES)).domains;
  } catch {
    return [];
  }
}
