import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { type Argv, output } from './command.ts';
import { envPairs, execForm, type Instruction, parseDockerfile, type Stage } from './dockerfile.ts';
import type { NetworkNamespace } from './namespace.ts';
import { ROOT } from './server.ts';

/** What the last stage says of how it is run. */
export interface ImageConfig {
  /** `65532:65532`. */
  user: string;
  env: Map<string, string>;
  workdir: string;
  entrypoint: Argv;
  healthcheck: Argv;
  exposed: readonly string[];
}

/** How a container is run, in the words of `docker run`. */
export interface ContainerOptions {
  readonly network: NetworkNamespace;
  /** `--security-opt no-new-privileges`: capabilities of files are not granted. */
  readonly noNewPrivileges?: boolean;
  /** `--env`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What `npm ci` and the steps of the Dockerfile may take, ms. */
const INSTALL_MS = 2 * PATIENCE_MS;

/** Where programs are found in a Debian image. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The image, made from the instructions of the Dockerfile without a Docker engine. Each stage is
 * this machine's file system with a layer of its own above it, where the instructions are carried
 * out as they are written. `FROM node:…` puts that Node there; what else an image has in it, is
 * this machine's.
 */
export class Image {
  readonly config: ImageConfig = {
    user: '',
    env: new Map([['PATH', PATH]]),
    workdir: '/',
    entrypoint: ['false'],
    healthcheck: ['false'],
    exposed: [],
  };
  readonly #folder = mkdtempSync(join(tmpdir(), 'svcdns-image-'));
  // Holds a mount namespace for as long as this process lives: however it ends, the pipe is closed,
  // `cat` ends, and the mounts are gone.
  readonly #holder = spawn('unshare', ['--mount', '--propagation', 'private', 'cat'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  readonly #roots = new Map<string, string>();

  /** Carries out every stage of the Dockerfile. */
  static async build(): Promise<Image> {
    const image = new Image();
    try {
      await image.#holderReady();
      for (const stage of parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))) {
        await image.#buildStage(stage);
      }
    } catch (error) {
      await image.remove();
      throw error;
    }
    return image;
  }

  /** Mounts a folder, as `--volume FROM:TO:ro`. */
  async mountReadOnly(from: string, to: string): Promise<void> {
    const target = `${this.#root('')}${to}`;
    await output(this.#inside(['mount', '--bind', from, target]));
    await output(this.#inside(['mount', '-o', 'remount,bind,ro', target]));
  }

  /** Lays a file over one of every container, as the engine does with /etc/resolv.conf. */
  async mountFile(from: string, over: string): Promise<void> {
    await output(this.#inside(['mount', '--bind', from, `${this.#root('')}${over}`]));
  }

  /** Whether this path is in the image and not only on the machine. */
  has(path: string): Promise<boolean> {
    return output(['test', '-e', join(this.#folder, 'last', 'upper', path)]).then(
      () => true,
      () => false,
    );
  }

  /** Whose a path of the image is, as `65532:65532`. */
  async owner(path: string): Promise<string> {
    const at = join(this.#folder, 'last', 'upper', path);
    return (await output(['stat', '--format=%u:%g', at])).trim();
  }

  /** The command that runs the entry point with these arguments. */
  run(args: readonly string[], options: ContainerOptions): Argv {
    return this.#container([...this.config.entrypoint, ...args], options);
  }

  /** The command that asks for the container's health, as the engine does. */
  health(options: ContainerOptions): Argv {
    return this.#container(this.config.healthcheck, options);
  }

  async remove(): Promise<void> {
    const ended = once(this.#holder, 'close');
    this.#holder.stdin.end();
    await ended;
    rmSync(this.#folder, { recursive: true });
  }

  async #holderReady(): Promise<void> {
    const own = await output(['readlink', '/proc/self/ns/mnt']);
    const deadline = Date.now() + PATIENCE_MS;
    while ((await output(['readlink', `/proc/${this.#holder.pid}/ns/mnt`])) === own) {
      if (Date.now() > deadline) throw new Error('Cannot make a mount namespace');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #buildStage({ from, name, instructions }: Stage): Promise<void> {
    const root = await this.#mountRoot(name);
    const [, version] = /^node:(\d+)/.exec(from) ?? [];
    if (version !== undefined) await this.#installNode(version, root);
    this.config.workdir = '/';
    for (const instruction of instructions) await this.#carryOut(instruction, name);
  }

  async #mountRoot(stage: string): Promise<string> {
    const folder = join(this.#folder, stage === '' ? 'last' : stage);
    const [upper, work, root] = ['upper', 'work', 'root'].map((part) => join(folder, part));
    for (const part of [upper, work, root]) mkdirSync(part!, { recursive: true });
    const layers = `lowerdir=/,upperdir=${upper},workdir=${work}`;
    await output(this.#inside(['mount', '-t', 'overlay', 'overlay', '-o', layers, root!]));
    for (const system of ['proc', 'dev', 'sys']) {
      await output(this.#inside(['mount', '--rbind', `/${system}`, join(root!, system)]));
    }
    this.#roots.set(stage, root!);
    return root!;
  }

  /** Node of that version, from the package of the npm registry that has the very same binary. */
  async #installNode(version: string, root: string): Promise<void> {
    const folder = join(this.#folder, `node-${version}`);
    mkdirSync(folder, { recursive: true });
    const name = `node-linux-${process.arch}`;
    const install = ['install', '--no-save', '--prefix', folder, `${name}@${version}`] as const;
    await output(['npm', ...install], {
      timeoutMs: INSTALL_MS,
      cwd: folder,
      env: buildEnvironment(),
    });
    const binary = join(folder, 'node_modules', name, 'bin', 'node');
    await output(this.#inside(['install', '-m', '755', binary, `${root}/usr/local/bin/node`]));
  }

  async #carryOut(instruction: Instruction, stage: string): Promise<void> {
    const { keyword, flags, rest } = instruction;
    const { config } = this;
    switch (keyword) {
      case 'WORKDIR':
        config.workdir = rest;
        await output(this.#inside(['mkdir', '-p', `${this.#root(stage)}${rest}`]));
        return;
      case 'COPY':
        await this.#copy(rest.split(/\s+/), flags.get('from'), stage);
        return;
      case 'RUN':
        await this.#runStep(rest, stage);
        return;
      case 'USER':
        config.user = rest;
        return;
      case 'ENV':
        for (const [name, value] of envPairs(rest)) config.env.set(name, value);
        return;
      case 'EXPOSE':
        config.exposed = rest.split(/\s+/);
        return;
      case 'HEALTHCHECK':
        config.healthcheck = execForm(rest.replace(/^CMD\s+/, ''));
        return;
      case 'ENTRYPOINT':
        config.entrypoint = execForm(rest);
        return;
      case 'LABEL':
        return;
      default:
        throw new Error(`Cannot carry out ${keyword} ${rest}: this test knows no such instruction`);
    }
  }

  async #runStep(script: string, stage: string): Promise<void> {
    const { workdir } = this.config;
    const shell = ['sh', '-ec', `cd '${workdir}' && ${script}`] as const;
    const step: Argv = ['chroot', this.#root(stage), ...shell];
    await output(this.#inside(step), { timeoutMs: INSTALL_MS, env: buildEnvironment() });
  }

  /**
   * As Docker's: a folder's contents go into the target, a file goes to it or, before a `/`, into
   * it.
   */
  async #copy(paths: readonly string[], from: string | undefined, stage: string): Promise<void> {
    const target = paths.at(-1)!;
    const place = target.startsWith('/') ? target : join(this.config.workdir, target);
    const to = `${this.#root(stage)}${place}`;
    for (const path of paths.slice(0, -1)) {
      if (from === undefined) requireInContext(path);
      const source = from === undefined ? join(ROOT, path) : `${this.#root(from)}${path}`;
      // Modes and capabilities are kept, owners are not.
      const script = [
        'if test -d "$1"; then mkdir -p "$2" && set -- "$1/." "$2/"',
        'elif [ "$3" = into ]; then mkdir -p "$2"; fi',
        // What is there may be a library of this machine, and in use.
        'cp -r --no-dereference --remove-destination --preserve=mode,timestamps,links,xattr "$1" "$2"',
      ].join('\n');
      const into = target.endsWith('/') ? 'into' : 'onto';
      await output(this.#inside(['sh', '-ec', script, 'sh', source, to, into]));
    }
  }

  #container(argv: Argv, { network, noNewPrivileges = false, env = {} }: ContainerOptions): Argv {
    const [uid = '', gid = ''] = this.config.user.split(':');
    const variables = [...this.config.env, ...Object.entries(env)];
    return [
      'nsenter',
      `--mount=/proc/${this.#holder.pid}/ns/mnt`,
      `--net=/run/netns/${network.name}`,
      'chroot',
      this.#root(''),
      'setpriv',
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      // Docker lets a container have 14 capabilities, this one among them.
      '--bounding-set=-all,+net_bind_service',
      '--inh-caps=-all',
      ...(noNewPrivileges ? ['--no-new-privs'] : []),
      'env',
      '--ignore-environment',
      `--chdir=${this.config.workdir}`,
      ...variables.map(([name, value]) => `${name}=${value}`),
      ...argv,
    ];
  }

  #root(stage: string): string {
    const root = this.#roots.get(stage);
    if (root === undefined) throw new Error(`No stage ${stage} in the Dockerfile before this one`);
    return root;
  }

  /** The command that runs `argv` where the mounts are. */
  #inside(argv: Argv): Argv {
    return ['nsenter', `--mount=/proc/${this.#holder.pid}/ns/mnt`, ...argv];
  }
}

/** What `.dockerignore` keeps back is not there to be copied. Ours lists what is let through. */
function requireInContext(path: string): void {
  const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  if (rules.includes('*') && rules.includes(`!${path}`)) return;
  throw new Error(`Cannot copy ${path}: .dockerignore keeps it back, expected a line !${path}`);
}

/**
 * The registries and caches that the machine is set up for, without what npm and vitest tell us.
 */
function buildEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_(?!config_(registry|cache|cafile))|NODE_ENV|VITEST|INIT_CWD|TEST$|PATH$)/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(kept), PATH };
}
