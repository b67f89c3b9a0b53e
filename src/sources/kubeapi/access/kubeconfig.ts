import { dirname, isAbsolute, join } from 'node:path';
import { isMapping, member } from '../../../kube/schema/json-type.ts';
import { fileFault, isGone } from '../../../support/file-error.ts';
import { readYaml } from '../../folder/parse/yaml.ts';
import { AccessError, type Connection, type ExecPlugin, shownServer } from './connection.ts';

/** A context of kubeconfig files, as kubectl reads them. */
export interface KubeconfigAccess {
  readonly by: 'kubeconfig';
  /**
   * Absolute paths. Of an entry that several have, the first one's counts; of several, those that
   * are not there are passed over.
   */
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
  const there = files.filter((file) => isThere(file, readText));
  const configs = (there.length > 0 ? there : files).map((file) => ({
    file,
    config: parsed(file, readText),
  }));
  const place = files.join(':');
  const context =
    wanted ?? configs.map(({ config }) => text(config, 'current-context')).find((name) => name);
  if (context === undefined) {
    throw new AccessError(`${place} has no current-context: expected one, or a context named`);
  }
  const entry = (all: string, part: string, name: string): Entry => {
    const names: string[] = [];
    for (const { file, config } of configs) {
      for (const item of list(config, all)) {
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

function isThere(file: string, readText: ReadText): boolean {
  try {
    readText(file);
    return true;
  } catch (error) {
    return !isGone(error);
  }
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
  const info = { ...clusterInfo(cluster.value), ...authorityInfo(tls.ca) };
  const exec = member(user.value, 'exec');
  if (member(user.value, 'auth-provider') !== undefined && authorization === undefined) {
    throw new AccessError(`${place}: auth-provider was removed from Kubernetes: expected exec`);
  }
  return {
    server: server.replace(/\/+$/, ''),
    tls,
    authorization,
    impersonation: impersonationOf(user.value),
    exec: isMapping(exec) && authorization === undefined ? execOf(exec, user, info) : undefined,
  };
}

/**
 * A token file is read again each time, and so comes before the token beside it (client-go), which
 * is for when the file cannot be read.
 */
function authorizationOf({ value, folder }: Entry, readText: ReadText): string | undefined {
  const [file, given] = [text(value, 'tokenFile'), text(value, 'token')];
  if (file !== undefined) return `Bearer ${tokenIn(near(folder, file), readText, given)}`;
  if (given !== undefined) return `Bearer ${given.trim()}`;
  const [name, password] = [text(value, 'username'), text(value, 'password')];
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${password ?? ''}`).toString('base64')}`;
}

/**
 * The token of a file, or `otherwise` when that cannot be read.
 *
 * @throws AccessError when there is none: a server would take the request for one of nobody.
 */
export function tokenIn(path: string, readText: ReadText, otherwise?: string): string {
  try {
    const token = readFile(path, readText).trim();
    if (token !== '') return token;
    throw new AccessError(`${path} is empty: expected a token`);
  } catch (error) {
    if (otherwise === undefined) throw error;
    return otherwise.trim();
  }
}

/** `as` and what belongs to it, in the headers that client-go sends. */
function impersonationOf(user: unknown): Record<string, string | string[]> {
  const uid = text(user, 'as-uid');
  const groups = texts(user, 'as-groups');
  const extra = member(user, 'as-user-extra');
  const headers: Record<string, string | string[]> = {};
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  if (groups.length > 0) headers['impersonate-group'] = groups;
  for (const key of isMapping(extra) ? Object.keys(extra) : []) {
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = texts(extra, key);
  }
  const name = text(user, 'as');
  if (name !== undefined) return { ...headers, 'impersonate-user': name };
  if (Object.keys(headers).length === 0) return headers;
  throw new AccessError('as-uid, as-groups or as-user-extra without as: expected a user');
}

function execOf(exec: object, user: Entry, info: Record<string, unknown>): ExecPlugin {
  const env = list(exec, 'env').map((item) => [
    text(item, 'name') ?? '',
    text(item, 'value') ?? '',
  ]);
  return {
    command: text(exec, 'command') ?? '',
    args: texts(exec, 'args'),
    env: Object.fromEntries(env),
    apiVersion: text(exec, 'apiVersion') ?? '',
    cluster: member(exec, 'provideClusterInfo') === true ? info : undefined,
    folder: user.folder,
    installHint: (text(exec, 'installHint') ?? '').slice(0, 500),
    needsTerminal: text(exec, 'interactiveMode') === 'Always',
  };
}

/** What extensions of a cluster are called that are for plugins. */
const FOR_PLUGINS = 'client.authentication.k8s.io/exec';

/** `spec.cluster` of an ExecCredential. */
function clusterInfo(cluster: unknown): Record<string, unknown> {
  const own = list(cluster, 'extensions').find((one) => text(one, 'name') === FOR_PLUGINS);
  return {
    server: member(cluster, 'server'),
    'tls-server-name': member(cluster, 'tls-server-name'),
    'insecure-skip-tls-verify': member(cluster, 'insecure-skip-tls-verify'),
    config: member(own, 'extension'),
  };
}

/** Plugins get the certificate, wherever it was. */
function authorityInfo(ca: string | undefined): Record<string, unknown> {
  return ca === undefined
    ? {}
    : { 'certificate-authority-data': Buffer.from(ca, 'latin1').toString('base64') };
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

function list(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
}

function texts(value: unknown, name: string): string[] {
  return list(value, name).map((item) => textOf(item, name) ?? '');
}

function text(value: unknown, name: string): string | undefined {
  return textOf(member(value, name), name) || undefined;
}

/** @throws AccessError for a number or the like: kubectl refuses it too, and it may be a token. */
function textOf(found: unknown, name: string): string | undefined {
  if (typeof found === 'string') return found;
  if (found === undefined || found === null) return undefined;
  throw new AccessError(`${name} is not text: expected it in quotes`);
}
