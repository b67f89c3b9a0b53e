import { dirname, isAbsolute, join } from 'node:path';
import { isMapping, member } from '../../../kube/schema/json-type.ts';
import { fileFault } from '../../../support/file-error.ts';
import { readYaml } from '../../folder/parse/yaml.ts';
import { AccessError, type Connection, type ExecPlugin, shownServer } from './connection.ts';

/** A context of kubeconfig files, as kubectl reads them. */
export interface KubeconfigAccess {
  readonly by: 'kubeconfig';
  /** Absolute paths. Of an entry that several have, the first one's counts. */
  readonly files: readonly string[];
  /** Undefined for the current one. */
  readonly context: string | undefined;
}

type ReadText = (path: string) => string;

/** Longest kubeconfig, characters: room for hundreds of contexts with certificates. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** A `clusters`, `users` or `contexts` entry, with the folder that its relative paths start in. */
interface Entry {
  readonly value: unknown;
  readonly folder: string;
}

/**
 * Reads the context, its cluster and its user.
 *
 * @throws AccessError when one is missing, or a file cannot be read.
 */
export function kubeconfigConnection(access: KubeconfigAccess, readText: ReadText): Connection {
  const { files, context: wanted } = access;
  const configs = files.map((file) => ({ file, config: parsed(file, readText) }));
  const place = files.join(':');
  const context =
    wanted ?? configs.map(({ config }) => text(config, 'current-context')).find((name) => name);
  if (context === undefined) {
    throw new AccessError(`${place} has no current-context: expected one, or a context named`);
  }
  const entry = (list: string, part: string, name: string): Entry => {
    const names: string[] = [];
    for (const { file, config } of configs) {
      const items = member(config, list);
      for (const item of Array.isArray(items) ? items : []) {
        const own = text(item, 'name') ?? '';
        if (own === name) return { value: member(item, part), folder: dirname(file) };
        names.push(own);
      }
    }
    const known = names.length === 0 ? '' : `: expected one of ${names.slice(0, 10).join(', ')}`;
    throw new AccessError(`${place} has no ${part} ${JSON.stringify(name)}${known}`);
  };
  const chosen = entry('contexts', 'context', context).value;
  const cluster = entry('clusters', 'cluster', text(chosen, 'cluster') ?? '');
  const userName = text(chosen, 'user') ?? '';
  const user = userName === '' ? { value: {}, folder: '.' } : entry('users', 'user', userName);
  return connectionOf(cluster, user, place, readText);
}

function connectionOf(cluster: Entry, user: Entry, place: string, readText: ReadText): Connection {
  const server = text(cluster.value, 'server') ?? '';
  if (!URL.canParse(server) || !/^https?:/i.test(server)) {
    const shown = JSON.stringify(shownServer(server));
    throw new AccessError(`${place}: server of the cluster is ${shown}: expected a URL`);
  }
  if (text(cluster.value, 'proxy-url') !== undefined) {
    throw new AccessError(
      `${place}: proxy-url is not offered: expected a server that is reached directly`,
    );
  }
  const unchecked = member(cluster.value, 'insecure-skip-tls-verify') === true;
  const data = (entry: Entry, name: string) => dataOf(entry, name, readText);
  const tls = {
    ca: unchecked ? undefined : data(cluster, 'certificate-authority'),
    cert: data(user, 'client-certificate'),
    key: data(user, 'client-key'),
    servername: text(cluster.value, 'tls-server-name'),
    ...(unchecked ? { rejectUnauthorized: false } : {}),
  };
  const authorization = authorizationOf(user, readText);
  const exec = member(user.value, 'exec');
  if (member(user.value, 'auth-provider') !== undefined && authorization === undefined) {
    throw new AccessError(`${place}: auth-provider was removed from Kubernetes: expected exec`);
  }
  return {
    server: server.replace(/\/+$/, ''),
    tls,
    authorization,
    exec: isMapping(exec) && authorization === undefined ? execOf(exec, user, cluster) : undefined,
  };
}

/** A token file is read again each time, and so comes before the token beside it (client-go). */
function authorizationOf({ value, folder }: Entry, readText: ReadText): string | undefined {
  const file = text(value, 'tokenFile');
  const token = file === undefined ? text(value, 'token') : readFile(near(folder, file), readText);
  if (token !== undefined) return `Bearer ${token.trim()}`;
  const [name, password] = [text(value, 'username'), text(value, 'password')];
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${password ?? ''}`).toString('base64')}`;
}

function execOf(exec: object, user: Entry, cluster: Entry): ExecPlugin {
  const list = (name: string) => {
    const items = member(exec, name);
    return Array.isArray(items) ? items : [];
  };
  const env = list('env').map((item) => [text(item, 'name') ?? '', text(item, 'value') ?? '']);
  return {
    command: text(exec, 'command') ?? '',
    args: list('args').filter((one) => typeof one === 'string'),
    env: Object.fromEntries(env),
    apiVersion: text(exec, 'apiVersion') ?? '',
    cluster: member(exec, 'provideClusterInfo') === true ? clusterInfo(cluster.value) : undefined,
    folder: user.folder,
    installHint: (text(exec, 'installHint') ?? '').slice(0, 500),
  };
}

/** `spec.cluster` of an ExecCredential. */
function clusterInfo(cluster: unknown): Record<string, unknown> {
  return {
    server: member(cluster, 'server'),
    'tls-server-name': member(cluster, 'tls-server-name'),
    'insecure-skip-tls-verify': member(cluster, 'insecure-skip-tls-verify'),
    'certificate-authority-data': member(cluster, 'certificate-authority-data'),
  };
}

/** `NAME-data` in base64, or else the file that `NAME` leads to. */
function dataOf({ value, folder }: Entry, name: string, readText: ReadText): string | undefined {
  const data = text(value, `${name}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('latin1');
  const path = text(value, name);
  return path === undefined ? undefined : readFile(near(folder, path), readText);
}

function parsed(file: string, readText: ReadText): unknown {
  const content = readFile(file, readText);
  if (content.length > MAX_LENGTH) {
    throw new AccessError(`${file} has over ${MAX_LENGTH} characters: expected a kubeconfig`);
  }
  const outcome = readYaml(content);
  if (outcome.kind === 'documents') return outcome.documents[0]?.value;
  // Not the parser's words: they repeat what is there, which may be a token.
  const line = content.slice(0, outcome.fault.offset).split('\n').length;
  throw new AccessError(`${file}:${line}: Cannot read this as YAML: expected a kubeconfig`);
}

/** @throws AccessError when the file cannot be read. */
export function readFile(path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (error) {
    throw new AccessError(`Cannot read ${path}: ${fileFault(error)}`);
  }
}

function near(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
