import { resolve } from 'node:path';
import { DEFAULT_NAMESPACE, dns1123Label } from '../../../kube/names.ts';
import { displayName, shownPath } from '../../../support/paths.ts';
import { splitOnce } from '../../../support/text.ts';
import { quoted } from '../report/fault.ts';

/** What a program renders manifests from. Its paths are absolute. */
export type RenderedSource =
  | { readonly kind: 'kustomize'; readonly folder: string }
  | {
      readonly kind: 'helm';
      /** The folder of a chart, or a packed one. */
      readonly chart: string;
      /** Files of values; later ones win. */
      readonly values: readonly string[];
      readonly release: string;
      readonly namespace: string;
    };

/** An item of a list of manifests, or what is wrong with it. */
type Reading = { readonly value: string } | { readonly fault: string };

/**
 * What is written in a list of manifests: a path, or `kustomize:DIR`, or
 * `helm:CHART?values=FILE&release=NAME&namespace=NS`. Relative paths start from `folder`; the
 * result says the same with absolute ones.
 */
export function readManifests(text: string, folder: string): Reading {
  const [, kind, rest = text] = /^(kustomize|helm):(.*)$/s.exec(text) ?? [];
  const fault = (what: string) => ({ fault: `Cannot use ${quoted(text)}: ${what}` });
  const isFar = /^[a-z][a-z0-9+.-]*:\/\//i.test(rest);
  if (kind === undefined) {
    return isFar
      ? fault(`nothing is fetched: expected ${PLAIN}`)
      : { value: resolve(folder, text) };
  }
  if (/^(?:$|\?)/.test(rest)) return fault(`expected ${FORMS[kind as 'helm']}`);
  if (isFar) return fault(`nothing is fetched: expected ${FORMS[kind as 'helm']}`);
  if (kind === 'kustomize') return { value: `${kind}:${resolve(folder, rest)}` };
  const [chart = '', query = ''] = splitOnce(rest, '?');
  const words: string[] = [];
  for (const word of query.split('&').filter((one) => one !== '')) {
    const [name = '', value = ''] = splitOnce(word, '=');
    const wrong = parameterFault(name, value);
    if (wrong !== undefined) return fault(wrong);
    words.push(`${name}=${name === 'values' ? resolve(folder, value) : value}`);
  }
  return {
    value: `helm:${resolve(folder, chart)}${words.length > 0 ? `?${words.join('&')}` : ''}`,
  };
}

const PLAIN = 'a folder or file on this machine, or - for standard input, as from curl';

const FORMS = {
  kustomize: 'the folder of a kustomization on this machine, as in kustomize:k8s/overlays/dev',
  helm: 'the folder or .tgz file of a chart on this machine, as in helm:charts/web?values=dev.yaml&release=web&namespace=shop',
};

/** Helm takes no longer name of a release, as labels hold it and more. */
const MAX_RELEASE = 53;

function parameterFault(name: string, value: string): string | undefined {
  switch (name) {
    case 'values':
      return value === '' ? 'expected a file behind values=' : undefined;
    case 'release':
      if (value.length <= MAX_RELEASE && dns1123Label(value).length === 0) return undefined;
      return `found release ${quoted(value)}, expected lower-case letters, digits and -, at most ${MAX_RELEASE}`;
    case 'namespace':
      if (dns1123Label(value).length === 0) return undefined;
      return `found namespace ${quoted(value)}, expected the name of one`;
    default:
      return `found ${quoted(name)}, expected values, release or namespace`;
  }
}

/** What an item of `readManifests` is rendered from; undefined for one that is read as it is. */
export function renderedSource(manifests: string): RenderedSource | undefined {
  const [kind, rest = ''] = splitOnce(manifests, ':');
  if (kind === 'kustomize') return { kind, folder: rest };
  if (kind !== 'helm') return undefined;
  const [chart = '', query = ''] = splitOnce(rest, '?');
  const words = query.split('&').map((word) => splitOnce(word, '='));
  const last = (name: string) => words.findLast(([one]) => one === name)?.[1];
  return {
    kind,
    chart,
    values: words.flatMap(([name, value = '']) => (name === 'values' ? [value] : [])),
    release: last('release') ?? 'release-name', // as `helm template` calls one without a name
    namespace: last('namespace') ?? DEFAULT_NAMESPACE,
  };
}

/** The files and folders that an item of `readManifests` names. */
export function manifestPaths(manifests: string): readonly string[] {
  const source = renderedSource(manifests);
  if (source === undefined) return [manifests];
  return source.kind === 'kustomize' ? [source.folder] : [source.chart, ...source.values];
}

/** An item of `readManifests` as messages and Origins have it. */
export function shownManifests(manifests: string, workingFolder: string): string {
  if (renderedSource(manifests) === undefined) return displayName(manifests, workingFolder);
  return withPaths(manifests, (path) => shownPath(path, workingFolder));
}

/** An item of `readManifests` with other paths in the place of each of its `manifestPaths`. */
export function withPaths(manifests: string, shown: (path: string) => string): string {
  const source = renderedSource(manifests);
  if (source === undefined) return shown(manifests);
  if (source.kind === 'kustomize') return `kustomize:${shown(source.folder)}`;
  const [, query] = splitOnce(manifests, '?');
  const words = query?.split('&').map((word) => {
    const [name, value = ''] = splitOnce(word, '=');
    return name === 'values' ? `values=${shown(value)}` : word;
  });
  return [`helm:${shown(source.chart)}`, ...(words ? [words.join('&')] : [])].join('?');
}
