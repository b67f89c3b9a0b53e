import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { atEnd } from '../../../support/at-end.ts';
import { systemClock } from '../../../support/clock.ts';
import { killGroup, type Running, residentMib, startChild, type World } from './child.ts';
import type { RenderedSource } from './rendered-source.ts';

/** A program that renders manifests. */
export interface Tool {
  readonly name: 'kustomize' | 'kubectl' | 'helm';
  /** Its file, absolute. */
  readonly file: string;
}

/** The programs of this machine. */
export interface Tools {
  /** The one that renders sources of this kind; undefined when it is not installed. */
  find(kind: RenderedSource['kind']): Tool | undefined;
  /** Starts it for a source. */
  render(source: RenderedSource, tool: Tool): Running;
}

/** The names of what renders a kind of source, the best first. kubectl has a kustomize in it. */
const NAMES = { kustomize: ['kustomize', 'kubectl'], helm: ['helm'] } as const;

/** The tools on the PATH, as it is then. */
export function systemTools(
  env: Readonly<Record<string, string | undefined>> = process.env,
  world: World = { clock: systemClock, memoryMib: residentMib, onChild: endedWithUs() },
): Tools {
  return {
    find: (kind) => {
      for (const name of NAMES[kind]) {
        const file = findIn(env['PATH'] ?? '', name);
        if (file !== undefined) return { name, file };
      }
      return undefined;
    },
    render: (source, tool) =>
      startChild(
        { file: tool.file, args: argumentsOf(source, tool), env: environment(env) },
        world,
      ),
  };
}

/** Of a command without a control thread, whose supervisor would see to it. */
function endedWithUs(): (pid: number) => void {
  let callOff = () => {};
  return (pid) => {
    callOff();
    callOff = pid === 0 ? () => {} : atEnd(() => killGroup(pid));
  };
}

/** What a person who lacks the tool has to do. */
export function missingTool(kind: RenderedSource['kind']): string {
  return kind === 'kustomize'
    ? 'found neither kustomize nor kubectl on the PATH: install one of them (https://kubectl.docs.kubernetes.io/installation/kustomize/)'
    : 'found no helm on the PATH: install Helm (https://helm.sh/docs/intro/install/)';
}

function findIn(path: string, name: string): string | undefined {
  // A relative folder would be another one in another working folder.
  const files = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Neither plugins nor charts of a repository are asked for: both need options that stay off. */
function argumentsOf(source: RenderedSource, { name }: Tool): string[] {
  if (source.kind === 'kustomize') {
    return [name === 'kubectl' ? 'kustomize' : 'build', source.folder];
  }
  const { chart, values, release, namespace } = source;
  return [
    'template',
    release,
    chart,
    ...['--namespace', namespace],
    // Pods of tests are there only while `helm test` runs.
    '--skip-tests',
    ...values.flatMap((file) => ['--values', csvField(file)]),
  ];
}

/** Helm takes a list of files, in the form of RFC 4180. */
function csvField(file: string): string {
  return /[",]/.test(file) ? `"${file.replaceAll('"', '""')}"` : file;
}

/** The discard port of loopback (RFC 863), where hardly ever anybody listens. */
const NOWHERE = 'http://127.0.0.1:9';

/** A folder that is not there: neither plugins nor settings of the user are found in it. */
const NO_FOLDER = '/nonexistent';

/** No more than it needs; what would ask a network, or run a plugin, leads nowhere. */
function environment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const proxies = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(proxies.map((name) => [name, NOWHERE])),
    GIT_ALLOW_PROTOCOL: 'file',
    GIT_TERMINAL_PROMPT: '0',
    KUBECONFIG: NO_FOLDER,
    KUSTOMIZE_PLUGIN_HOME: NO_FOLDER,
    HELM_PLUGINS: NO_FOLDER,
    HELM_CACHE_HOME: NO_FOLDER,
    HELM_CONFIG_HOME: NO_FOLDER,
    HELM_DATA_HOME: NO_FOLDER,
  };
}
