import type { Path, WrittenObject } from '../kube/document.ts';
import { isMapping, member } from '../kube/schema/json-type.ts';

/** A host that a workload's own configuration names, or a ConfigMap. */
export interface Mention {
  /** Lower case, without a final dot. */
  readonly host: string;
  /** How it is written: inside a text, as a URL's host, or as all of `host:port`. */
  readonly form: 'name' | 'url' | 'host:port';
  /** The environment variable, the argument, or the key of a ConfigMap. */
  readonly place: string;
  readonly path: Path;
}

/** A text longer than this is not searched, characters. */
const MAX_TEXT = 4096;

/** Containers, variables and arguments of one workload that are looked at. */
const MAX_ITEMS = 1000;

/** Where the template of a kind's Pods is. */
const POD_SPECS: ReadonlyMap<string, Path> = new Map([
  ['Pod', ['spec']],
  ['Deployment', ['spec', 'template', 'spec']],
  ['StatefulSet', ['spec', 'template', 'spec']],
  ['DaemonSet', ['spec', 'template', 'spec']],
  ['ReplicaSet', ['spec', 'template', 'spec']],
  ['Job', ['spec', 'template', 'spec']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);

/** What a workload says about the Pods that it makes. */
export interface PodSpec {
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The specification of the Pods of an object; undefined for what makes none. */
export function podSpecOf({ kind, value }: WrittenObject): PodSpec | undefined {
  const path = POD_SPECS.get(kind);
  let found: unknown = path && value;
  for (const key of path ?? []) found = member(found, String(key));
  return path !== undefined && isMapping(found) ? { path, value: found } : undefined;
}

/** The domains in `dnsConfig.searches`. */
export function searchDomains({ value }: PodSpec): string[] {
  const searches = listOf(member(value, 'dnsConfig'), 'searches');
  return searches.flatMap((text) => (typeof text === 'string' ? normal(text) : []));
}

/** The hosts that variables, commands and arguments of the containers name. */
export function* mentionsIn({ path, value }: PodSpec): Generator<Mention> {
  const aliases = new Set(
    listOf(value, 'hostAliases').flatMap((alias) => listOf(alias, 'hostnames')),
  );
  for (const key of ['initContainers', 'containers']) {
    for (const [at, container] of listOf(value, key).entries()) {
      for (const text of textsOf(container)) {
        for (const { host, form } of hostsIn(text.value)) {
          if (aliases.has(host)) continue;
          yield { host, form, place: text.place, path: [...path, key, at, ...text.path] };
        }
      }
    }
  }
}

/**
 * The hosts that a ConfigMap names, whoever reads it. Of a value that is a whole file only names
 * that can be meant for nothing but a cluster count, and none in a comment: what else it means is
 * known to a program alone.
 */
export function* mentionsInConfigMap({ value }: WrittenObject): Generator<Mention> {
  const data = member(value, 'data');
  for (const [key, text] of Object.entries(isMapping(data) ? data : {}).slice(0, MAX_ITEMS)) {
    if (typeof text !== 'string' || text.length > MAX_FILE) continue;
    const isFile = text.trimEnd().includes('\n');
    const lines = isFile ? text.split('\n').filter((line) => !COMMENT.test(line)) : [text];
    for (const { host, form } of lines.flatMap((line) => [...hostsIn(line.trim())])) {
      if (isFile && form !== 'name') continue;
      yield { host, form, place: `data ${key.slice(0, 60)}`, path: ['data', key] };
    }
  }
}

/** A longer value of a ConfigMap is not searched, characters. */
const MAX_FILE = 64 * 1024;

/** Of the formats that stand in ConfigMaps. */
const COMMENT = /^\s*(?:#|\/\/|;|--|<!--|\*)/;

interface ContainerText {
  readonly value: string;
  readonly place: string;
  readonly path: Path;
}

function* textsOf(container: unknown): Generator<ContainerText> {
  for (const [at, variable] of listOf(container, 'env').entries()) {
    const [name, value] = [member(variable, 'name'), member(variable, 'value')];
    if (typeof value !== 'string' || value.length > MAX_TEXT) continue;
    yield { value, place: `env ${String(name).slice(0, 60)}`, path: ['env', at, 'value'] };
  }
  for (const key of ['command', 'args']) {
    for (const [at, value] of listOf(container, key).entries()) {
      if (typeof value !== 'string' || value.length > MAX_TEXT) continue;
      // What stands behind `--flag=`.
      const [, flagged = value] = /^--?[a-zA-Z][\w.-]{0,60}=(.*)$/s.exec(value) ?? [];
      yield { value: flagged, place: `${key}[${at}]`, path: [key, at] };
    }
  }
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = member(value, key);
  return Array.isArray(list) ? list.slice(0, MAX_ITEMS) : [];
}

/** `postgres://user:secret@db:5432/shop`: the host, and what stands before it. */
const URLS = /[a-z][a-z0-9+.-]{0,20}:\/\/(?:[^/\s@]{0,200}@)?([a-z0-9.-]+)/gi;
const HOST_AND_PORT = /^([a-z][a-z0-9.-]*):(\d{1,5})$/i;
/** Words that could be names; what stands before one may make it the end of something else. */
const WORDS = /[a-z0-9.-]+/gi;

/** The hosts that a text names, as far as that is certain. */
function* hostsIn(text: string): Generator<Pick<Mention, 'host' | 'form'>> {
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    const host = normal(word);
    const isPart =
      /[*$%{})_]/.test(text[index - 1] ?? '') || /[$%{(_]/.test(text[index + word.length] ?? '');
    if (!isPart && /\.svc(\.|$)/.test(host) && !host.startsWith('.')) yield { host, form: 'name' };
  }
  for (const { 0: url, 1: word = '', index } of text.matchAll(URLS)) {
    const next = text[index + url.length] ?? '';
    if (/^(?:[:/?#,\s'"]|)$/.test(next)) yield { host: normal(word), form: 'url' };
  }
  const [, host] = HOST_AND_PORT.exec(text) ?? [];
  if (host !== undefined) yield { host: normal(host), form: 'host:port' };
}

function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
