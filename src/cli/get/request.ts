import { RESOURCES, type Resource } from '../../control/listing/tables.ts';
import { quoted } from '../../corefile/problems.ts';
import { DEFAULT_NAMESPACE, dns1123Label } from '../../kube/names.ts';
import { oneOf } from '../arguments.ts';
import { type CommandIo, UsageError } from '../command.ts';

/** What each resource is also called, and how kubectl marks its names among others. */
export const WORDS: Readonly<
  Record<Resource, { readonly also: readonly string[]; readonly mark: string }>
> = {
  services: { also: ['service', 'svc'], mark: 'service/' },
  endpoints: { also: ['endpoint', 'ep'], mark: 'endpoints/' },
  pods: { also: ['pod', 'po'], mark: 'pod/' },
  ingresses: { also: ['ingress', 'ing'], mark: 'ingress.networking.k8s.io/' },
  nodes: { also: ['node', 'no'], mark: 'node/' },
};

/** What `svcdns get` is to list, and how. */
export interface Request {
  readonly resources: readonly Resource[];
  readonly names: readonly string[];
  readonly isWatched: boolean;
  /** '' for all. */
  readonly namespace: string;
  readonly isWide: boolean;
  readonly hasEvents: boolean;
  readonly io: CommandIo;
}

/** @throws {UsageError} when the text is not `RESOURCE[,RESOURCE...]`. */
export function resourcesOf(text: string | undefined): readonly Resource[] {
  const known = `expected ${RESOURCES.map((name) => `${name} (${WORDS[name].also.at(-1)})`).join(', ')}`;
  if (text === undefined) {
    throw new UsageError(`You must specify the type of resource to get: ${known}`);
  }
  const found = text.split(',').map((word) => {
    const name = word.toLowerCase();
    const resource = RESOURCES.find((one) => one === name || WORDS[one].also.includes(name));
    if (resource !== undefined) return resource;
    const [kind = '', object] = word.split('/');
    if (object !== undefined) {
      const meant = quoted(`${kind} ${object}`);
      throw new UsageError(`Cannot read ${quoted(word)}: expected the name apart, as in ${meant}`);
    }
    throw new UsageError(`the server doesn't have a resource type ${quoted(word)}: ${known}`);
  });
  return [...new Set(found)];
}

/** '' for all. */
export function namespaceOf(values: {
  readonly namespace?: string | undefined;
  readonly 'all-namespaces'?: boolean | undefined;
}): string {
  if (values['all-namespaces']) return '';
  const { namespace = DEFAULT_NAMESPACE } = values;
  if (dns1123Label(namespace).length === 0) return namespace;
  throw new UsageError(
    `Cannot use ${quoted(namespace)} for --namespace: expected a namespace's name`,
  );
}

/** Is it `-o wide`? */
export function isWide(output: string | undefined): boolean {
  return output !== undefined && oneOf('--output', output, ['wide']) === 'wide';
}

/** @throws {UsageError} when options contradict each other. */
export function checkUsage(
  { resources, names, namespace, isWatched }: Request,
  { manifests, server }: { readonly manifests: unknown; readonly server: string | undefined },
): void {
  if (isWatched && resources.length > 1) {
    throw new UsageError('you may only specify a single resource type with --watch');
  }
  if (names.length > 0 && namespace === '') {
    throw new UsageError('a resource cannot be retrieved by name across all namespaces');
  }
  if (manifests !== undefined && server !== undefined) {
    throw new UsageError('--server asks a server, and --manifests asks none');
  }
}
