import { dirname, join, relative, resolve } from 'node:path';
import { DISK, MAX_BYTES } from '../../corefile/files.ts';
import type { Environment } from '../../corefile/reader.ts';
import { NetworkSet } from '../../dns/network.ts';
import { fileFault, isGone } from '../../support/file-error.ts';
import { type ComposeFile, type ComposeText, mergedCompose } from './compose-file.ts';
import { ComposeError, listOf, type Mapping, mappingOf, readComposeYaml } from './compose-yaml.ts';
import { namespaceOf, projectName } from './names.ts';
import { manifests, NAME, override, takingPart } from './override.ts';
import { type FileState, fileState, ownText } from './own-file.ts';
import { NAMES, type PlaceRequest, placesOf } from './places.ts';
import { freeSubnet, givenSubnet, keptSubnet, type Subnet } from './subnet.ts';

/** What `compose init` was asked for. */
export interface PlanRequest extends PlaceRequest {
  readonly project: string | undefined;
  readonly subnet: string | undefined;
  readonly image: string;
  readonly env: Environment;
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

/**
 * Reads the compose files and decides what to write.
 *
 * @throws {ComposeError} when they cannot be used.
 */
export function planOf(request: PlanRequest): Plan {
  const { cwd, env, image } = request;
  const places = placesOf(request);
  const { given, folder, output, theirs } = places;
  if (given === undefined) {
    throw new ComposeError(`Found none of ${NAMES.join(', ')}: name a compose file`);
  }
  if (theirs !== undefined && request.output === undefined) {
    const fix = 'give ours a name with --output, as in --output compose.svcdns.yaml';
    throw new ComposeError(`${theirs}: compose reads no second override: ${fix}`);
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
  const mounted = `./${relative(folder, dirname(places.manifests))}`;
  const parts = { compose, namespace, subnet, image, manifests: mounted };
  const file = (path: string, documents: readonly object[]) =>
    fileOf(path, ownText(documents), cwd);
  return {
    files: [
      file(resolve(cwd, output), [override(parts, all)]),
      file(places.manifests, manifests(namespace, all)),
    ],
    notes: [...compose.notes, ...notes, ...sharedNetwork(compose)],
    command: commandOf(
      texts.map((text) => text.file),
      output,
      places.isAutomatic,
    ),
  };
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
    if (isGone(error)) return undefined;
    throw new ComposeError(`${path}: cannot be read: ${fileFault(error)}`);
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

/** The files of ours as they are there, whatever the compose file says now. */
export function writtenFiles(request: PlaceRequest): readonly PlannedFile[] {
  const { output, manifests } = placesOf(request);
  return [resolve(request.cwd, output), manifests].map((path) => fileOf(path, '', request.cwd));
}

function fileOf(path: string, text: string, cwd: string): PlannedFile {
  return { path, shown: relative(cwd, path), text, state: fileState(textAt(path), text) };
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
