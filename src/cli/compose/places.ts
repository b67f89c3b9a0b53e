import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** What decides where files are. */
export interface PlaceRequest {
  /** As given; those that compose would find when empty. */
  readonly files: readonly string[];
  readonly output: string | undefined;
  /** The folder of manifests, beside the first file. */
  readonly manifests: string;
  readonly cwd: string;
}

export interface Places {
  /** The compose files, as messages show them; undefined when there is none. */
  readonly given: readonly string[] | undefined;
  /** That of the first one, absolute. */
  readonly folder: string;
  /** The override, as messages show it. */
  readonly output: string;
  /** The file of manifests, absolute. */
  readonly manifests: string;
  /** An override of the user's, when compose would find it beside another one of ours. */
  readonly theirs: string | undefined;
  /** Compose finds all of it by itself. */
  readonly isAutomatic: boolean;
}

/** In the order of docker compose. */
export const NAMES = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
] as const;

const MANIFESTS_FILE = 'compose-services.yaml';

/** Where the files are that were named, that compose would find, and that are ours. */
export function placesOf({ files, output, manifests, cwd }: PlaceRequest): Places {
  const found = NAMES.find((name) => existsSync(join(cwd, name)));
  const given = files.length > 0 ? files : found === undefined ? undefined : [found];
  const [first = NAMES[0]] = given ?? [];
  const folder = dirname(resolve(cwd, first));
  const automatic = overrideOf(first);
  const chosen = output ?? automatic;
  const theirs = NAMES.map(overrideOf).find(
    (name) => existsSync(join(cwd, name)) && resolve(cwd, name) !== resolve(cwd, chosen),
  );
  return {
    given,
    folder,
    output: chosen,
    manifests: join(resolve(folder, manifests), MANIFESTS_FILE),
    theirs: files.length === 0 ? theirs : undefined,
    isAutomatic: files.length === 0 && chosen === automatic,
  };
}

/** `compose.override.yaml` for `compose.yaml`, which compose finds by itself. */
function overrideOf(file: string): string {
  return join(dirname(file), basename(file).replace(/(\.ya?ml)?$/, '.override$1'));
}
