import { basename } from 'node:path';
import type { Environment } from '../../corefile/reader.ts';
import { ComposeError } from './compose-yaml.ts';

/** Of a label of DNS (RFC 1035 section 2.3.4). */
const MAX_LABEL = 63;

/**
 * The project's name, as compose finds it: what is given, COMPOSE_PROJECT_NAME, the `name` of the
 * files, the name of the folder.
 *
 * @throws {ComposeError} when it needs variables to tell.
 */
export function projectName(
  given: string | undefined,
  env: Environment,
  named: string | undefined,
  folder: string,
): string {
  const name = given ?? (env['COMPOSE_PROJECT_NAME'] || named);
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
  return /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(label) && label.length <= MAX_LABEL
    ? label
    : undefined;
}

/** The namespace of a project; names of namespaces may begin with a digit. */
export function namespaceOf(project: string): string {
  const label = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LABEL)
    .replace(/^-+|-+$/g, '');
  if (label !== '') return label;
  throw new ComposeError(
    `Cannot make a namespace of the project's name ${JSON.stringify(project)}: give another with --project`,
  );
}
