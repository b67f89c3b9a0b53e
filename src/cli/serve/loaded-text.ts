import { type NameSource, placesOf } from '../../config/name-sources.ts';
import type { LoadSummary } from '../../control/summary.ts';
import { UNANSWERED } from '../../control/unanswered.ts';
import { SERVICE_WITHOUT_ENDPOINTS } from '../../controllers/endpoints/missing-endpoints.ts';
import { LOAD_BALANCER_PENDING } from '../../controllers/metallb/load-balancer-request.ts';
import type { Problem } from '../../kube/problem.ts';
import { renderedSource, shownManifests } from '../../sources/folder/render/rendered-source.ts';
import { accessText } from '../../sources/kubeapi/access/access.ts';
import { OBJECT_OVERLAID } from '../../sources/overlay-source.ts';
import { STDIN } from '../../sources/standard-input.ts';
import { shownPath } from '../../support/paths.ts';
import { counted, problemLine, sortedProblems } from '../report/problem-text.ts';
import { namespaceTable } from './namespace-table.ts';
import type { Loaded, Started } from './started.ts';

/** Problems shown at the start; `svcdns check` shows all. */
const MAX_PROBLEMS = 20;

/** Objects laid over a cluster's that are shown at the start: all, unless they are a dump. */
const MAX_OVERLAID = 100;

/** Services without endpoints shown at the start: a folder without Pods has nothing else. */
const MAX_WITHOUT_ENDPOINTS = 5;

/** Services of type LoadBalancer without an address shown at the start. */
const MAX_PENDING_BALANCERS = 5;

/**
 * What the manifests of one source came to. Problems of manifests that an earlier source reads too
 * are not shown again.
 */
export function namesLines(
  { source, summary }: Loaded,
  { loaded, cwd, hasColours = false }: Started,
): string[] {
  const folders = source.manifests.map((path) => shownSource(path, cwd));
  const read = placesOf(source).join('\n');
  const first = loaded.find((one) => placesOf(one.source).join('\n') === read);
  return [
    ...namespaceTable(summary.namespaces),
    '',
    loadedLine(summary, source, folders),
    ...(first?.source === source
      ? [
          ...unreadLines(summary, folders).map((line) => (hasColours ? red(line) : line)),
          ...problemLines(summary, folders),
          ...overlaidLines(summary, folders),
          ...endpointLines(summary, folders),
          ...(source.zone.external ? balancerLines(summary, folders) : []),
          ...unansweredLines(loaded.filter((one) => one.source.manifests.join('\n') === read)),
        ]
      : []),
  ];
}

function loadedLine(
  summary: LoadSummary,
  { cluster }: NameSource,
  folders: readonly string[],
): string {
  const { files, names, passedOver } = summary;
  const inFolders = `${counted(files, 'file')} in ${folders.join(', ')}`;
  const above = folders.length === 0 ? '' : `, and over it ${inFolders}`;
  const what = cluster ? `the cluster of ${accessText(cluster.access)}${above}` : inFolders;
  const loaded = `Read ${what}: ${counted(names, 'name')}`;
  if (passedOver.length === 0) return loaded;
  const others = passedOver.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return `${loaded}; passed over, as DNS has no use for them: ${others}`;
}

/** Files of which nothing was read: not one name among others, but perhaps all of them. */
function unreadLines({ problems }: LoadSummary, folders: readonly string[]): string[] {
  const unread = sortedProblems(problems.filter(({ isWholeFile }) => isWholeFile));
  const whose = unread.length === 1 ? 'its' : 'their';
  const files = counted(unread.length, 'file');
  const title = `ERROR: read nothing of ${files}, so all ${whose} names are missing:`;
  return listed(title, unread, MAX_PROBLEMS, folders);
}

function red(line: string): string {
  return `\u001b[1;31m${line}\u001b[0m`;
}

function problemLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const inFiles = summary.problems.filter(({ isWholeFile }) => !isWholeFile);
  const worst = (['error', 'warning'] as const).flatMap((severity) =>
    sortedProblems(inFiles.filter((problem) => problem.severity === severity)),
  );
  const refused = summary.refusedDocuments;
  const title = refused > 0 ? `Refused ${counted(refused, 'document')}:` : 'Found:';
  return listed(title, worst, MAX_PROBLEMS, folders);
}

/** Hints are for `check`, but these answer the first question: why is there no address? */
function endpointLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const hints = summary.problems.filter(({ code }) => code === SERVICE_WITHOUT_ENDPOINTS);
  const title = 'Without endpoints:';
  return listed(title, sortedProblems(hints), MAX_WITHOUT_ENDPOINTS, folders);
}

/**
 * Where names for outside are served, those that have no address: without a pool that is a hint
 * only.
 */
function balancerLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const hints = summary.problems.filter(
    ({ code, severity }) => code === LOAD_BALANCER_PENDING && severity === 'hint',
  );
  const title = 'Pending load balancers:';
  return listed(title, sortedProblems(hints), MAX_PENDING_BALANCERS, folders);
}

/** What none of the sources with these manifests answers. */
function unansweredLines([first, ...others]: readonly Loaded[]): string[] {
  const isIn = ({ summary }: Loaded, code: string) =>
    summary.problems.some((problem) => problem.code === code);
  const hints = (first?.summary.problems ?? []).filter(
    ({ code }) => UNANSWERED.has(code) && others.every((other) => isIn(other, code)),
  );
  return listed('Not answered:', hints, UNANSWERED.size, []);
}

/** Objects of the folders that take the place of a cluster's. */
function overlaidLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const hints = summary.problems.filter(({ code }) => code === OBJECT_OVERLAID);
  return listed('Laid over the cluster:', sortedProblems(hints), MAX_OVERLAID, folders);
}

function listed(
  title: string,
  problems: readonly Problem[],
  most: number,
  folders: readonly string[],
): string[] {
  if (problems.length === 0) return [];
  const more = problems.length - most;
  const command = `svcdns check ${folders.map(shellWord).join(' ')}`;
  return [
    title,
    ...problems.slice(0, most).map((problem) => `  ${problemLine(problem)}`),
    ...(more > 0 ? [`  … and ${more} more: run ${command}`] : []),
  ];
}

function shownSource(manifests: string, cwd: string): string {
  if (manifests === STDIN) return '-';
  const isRendered = renderedSource(manifests) !== undefined;
  return isRendered ? shownManifests(manifests, cwd) : shownPath(manifests, cwd);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
