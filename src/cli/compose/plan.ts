import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { DISK, MAX_BYTES } from '../../corefile/files.ts';
import type { Environment } from '../../corefile/reader.ts';
import { NetworkSet } from '../../dns/network.ts';
import { type ComposeFile, type ComposeText, mergedCompose } from './compose-file.ts';
import { ComposeError, listOf, type Mapping, mappingOf, readComposeYaml } from './compose-yaml.ts';
import { namespaceOf, projectName } from './names.ts';
import { manifests, NAME, override, takingPart } from './override.ts';
import { type FileState, fileState, ownText } from './own-file.ts';
import { freeSubnet, givenSubnet, keptSubnet, type Subnet } from './subnet.ts';

/** What `compose init` was asked for. */
export interface PlanRequest {
  /** As given; those that compose would find when empty. */
  readonly files: readonly string[];
  readonly output: string | undefined;
  /** The folder of manifests, beside the first file. */
  readonly manifests: string;
  readonly project: string | undefined;
  readonly subnet: string | undefined;
  readonly image: string;
  readonly env: Environment;
  readonly cwd: string;
  /** Networks that this machine has or knows the way to. */
  readonly machine: NetworkSet;
}

/** A file to write. */
export interface PlannedFile {
  readonly path: string;
  /** As messages show it. */
  readonly shown: string;
  readonly text: string;
  readonly state: FileState;
}

/** What to write, and what to tell. */
export interface Plan {
  readonly files: readonly PlannedFile[];
  readonly notes: readonly string[];
  /** To bring it all up. */
  readonly command: string;
}

/** In the order of docker compose. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** Of the manifests' file. */
const MANIFESTS_FILE = 'compose-services.yaml';

/**
 * Reads the compose files and decides what to write.
 *
 * @throws {ComposeError} when they cannot be used.
 */
export function planOf(request: PlanRequest): Plan {
  const { cwd, env, image } = request;
  const given = request.files.length > 0 ? request.files : [foundFile(cwd)];
  const folder = dirname(resolve(cwd, given[0] as string));
  const automatic = overrideOf(given[0] as string);
  const output = request.output ?? automatic;
  const theirs = theirOverride(request.files, output, cwd);
  if (theirs !== undefined && request.output === undefined) {
    const mend = 'give ours a name with --output, as in --output compose.svcdns.yaml';
    throw new ComposeError(`${theirs}: compose reads no second override: ${mend}`);
  }
  const files = theirs === undefined ? given : [...given, theirs];
  const texts = files.map((file) => readText(file, cwd));
  const compose = mergedCompose(texts);
  const project = projectName({
    given: request.project,
    env,
    dotEnv: textAt(join(folder, '.env')) ?? '',
    named: compose.name,
    folder,
  });
  const namespace = namespaceOf(project);
  const { all, notes } = takingPart(compose);
  const subnet = chosenSubnet(request, project, compose, resolve(cwd, output));
  const where = relative(folder, resolve(folder, request.manifests));
  const parts = { compose, namespace, subnet, image, manifests: `./${where}` };
  const file = (path: string, documents: readonly object[]) => plannedFile(path, documents, cwd);
  return {
    files: [
      file(resolve(cwd, output), [override(parts, all)]),
      file(join(folder, where, MANIFESTS_FILE), manifests(namespace, all)),
    ],
    notes: [...compose.notes, ...notes, ...sharedNetwork(compose)],
    command: commandOf(
      texts.map((text) => text.file),
      output,
      request.files.length === 0 && output === automatic,
    ),
  };
}

function foundFile(cwd: string): string {
  const found = NAMES.find((name) => existsSync(join(cwd, name)));
  if (found !== undefined) return found;
  throw new ComposeError(`Found none of ${NAMES.join(', ')}: name a compose file`);
}

/** `compose.override.yaml` for `compose.yaml`, which compose finds by itself. */
function overrideOf(file: string): string {
  return join(dirname(file), basename(file).replace(/(\.ya?ml)?$/, '.override$1'));
}

/** The override that somebody has, when compose would find it beside another one of ours. */
function theirOverride(files: readonly string[], output: string, cwd: string): string | undefined {
  if (files.length > 0) return undefined;
  const names = NAMES.map(overrideOf).filter((name) => existsSync(join(cwd, name)));
  return names.find((name) => resolve(cwd, name) !== resolve(cwd, output));
}

function readText(file: string, cwd: string): ComposeText {
  const text = textAt(resolve(cwd, file));
  if (text === undefined) throw new ComposeError(`${file}: there is no such file`);
  return { file, content: readComposeYaml(text, file) };
}

/** @throws {ComposeError} when there is a file that cannot be read. */
function textAt(path: string): string | undefined {
  try {
    return DISK.read(path, MAX_BYTES);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ComposeError(`${path}: cannot be read: ${message}`);
  }
}

/** The one given, else the one that our override has, else a free one. */
function chosenSubnet(
  { subnet, machine }: PlanRequest,
  project: string,
  { subnets }: ComposeFile,
  output: string,
): Subnet {
  // While it is up, the machine has a route to the one that was written.
  const kept = keptSubnet(writtenSubnet(output), subnets);
  const ofFiles = new NetworkSet(subnets);
  if (subnet !== undefined) {
    return givenSubnet(subnet, kept?.cidr === subnet ? [ofFiles] : [ofFiles, machine]);
  }
  return kept ?? freeSubnet(project, [ofFiles, machine]);
}

function writtenSubnet(output: string): unknown {
  const text = textAt(output);
  if (text === undefined || fileState(text, '') === 'foreign') return undefined;
  const content = readComposeYaml(text, output);
  const at = (map: Mapping, key: string) => mappingOf(map[key], key);
  const [config] = listOf(at(at(at(content, 'networks'), NAME), 'ipam')['config']);
  return mappingOf(config, 'config')['subnet'];
}

function plannedFile(path: string, documents: readonly object[], cwd: string): PlannedFile {
  const text = ownText(documents);
  const shown = relative(cwd, path);
  return { path, shown, text, state: fileState(textAt(path), text) };
}

/** Networks are walls, and this one has a door in each. */
function sharedNetwork({ services }: ComposeFile): string[] {
  const networks = new Set([...services.values()].flatMap((one) => one.networks));
  if (networks.size < 2) return [];
  return [`services of ${[...networks].join(', ')} can reach each other on the network ${NAME}`];
}

function commandOf(files: readonly string[], output: string, isAutomatic: boolean): string {
  if (isAutomatic) return 'docker compose up';
  return `docker compose ${[...files, output].map((file) => `-f ${file}`).join(' ')} up`;
}
