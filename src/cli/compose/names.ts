import { basename } from 'node:path';
import type { Environment } from '../../corefile/reader.ts';
import { MAX_LABEL_BYTES } from '../../dns/name.ts';
import { ComposeError } from './compose-yaml.ts';

const VARIABLE = 'COMPOSE_PROJECT_NAME';

/** Where a project's name may stand. */
export interface NamePlaces {
  /** The option. */
  readonly given: string | undefined;
  readonly env: Environment;
  /** The text of the file `.env` beside the compose file; '' when there is none. */
  readonly dotEnv: string;
  /** The `name` of the compose files. */
  readonly named: string | undefined;
  readonly folder: string;
}

/**
 * The project's name, as compose finds it, in the order of `NamePlaces`.
 *
 * @throws {ComposeError} when it needs variables to tell.
 */
export function projectName({ given, env, dotEnv, named, folder }: NamePlaces): string {
  const [, , inFile] =
    new RegExp(`^\\s*${VARIABLE}=(["']?)([^"'#\\s]*)\\1`, 'm').exec(dotEnv) ?? [];
  const name = given ?? (env[VARIABLE] || inFile || named);
  if (name?.includes('$')) {
    throw new ComposeError(`name: ${name}: cannot tell the project's name: give it with --project`);
  }
  // Compose takes other characters out of the name of a folder.
  return (
    name ??
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, '')
  );
}

/**
 * The label that stands for a name of compose in Kubernetes: lower case, hyphens for `_` and `.`.
 * Undefined when none does: of a Service it must begin with a letter (RFC 1035).
 */
export function kubernetesName(name: string): string | undefined {
  const label = name.toLowerCase().replace(/[_.]/g, '-');
  return /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(label) && label.length <= MAX_LABEL_BYTES
    ? label
    : undefined;
}

/** The namespace of a project; names of namespaces may begin with a digit. */
export function namespaceOf(project: string): string {
  const label = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LABEL_BYTES)
    .replace(/^-+|-+$/g, '');
  if (label !== '') return label;
  throw new ComposeError(
    `Cannot make a namespace of the project's name ${JSON.stringify(project)}: give another with --project`,
  );
}
