import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Clock } from '../../../support/clock.ts';
import { MAX_RENDERED_BYTES } from '../limits.ts';

/** What to run, without a shell. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What limits it. */
export interface World {
  readonly clock: Clock;
  /** Memory that a process has with those below it, MiB: `residentMib`, or a test's own. */
  readonly memoryMib: (pid: number | undefined) => number;
  /** Called with the process id when it has started, and with 0 when it has ended. */
  readonly onChild?: (pid: number) => void;
}

/** What came of it: its output, and what it said beside it; or why there is none. */
export type Outcome =
  | { readonly is: 'rendered'; readonly bytes: Uint8Array; readonly notes: string }
  | { readonly is: 'failed'; readonly why: string };

/** A program under way. */
export interface Running {
  readonly outcome: Promise<Outcome>;
  /** Ends it at once; then it has failed. */
  kill(): void;
}

/** The largest published charts take 3 s of one core; a busy laptop may need ten times that. */
const MAX_MS = 60_000;

/** kustomize and Helm take under 200 MiB for what fills a whole cluster. */
const MAX_MEMORY_MIB = 1024;

/** How often its memory is looked at, on Linux; it takes some 100 ms to fill a GiB; ms. */
const MEMORY_LOOK_MS = 200;

/** Of what it says beside its output, bytes; and how much of that is shown, characters. */
const MAX_SAID_BYTES = 64 * 1024;
const MAX_SHOWN = 2000;

/** Well behind the threads that answer. */
const NICE = 10;

/**
 * Starts a program. It is bounded in time, memory and output: past a bound it is killed. It leads a
 * process group of its own, so that what it has started itself ends with it: a script around the
 * real program, say.
 */
export function startChild(
  { file, args, env }: Command,
  { clock, memoryMib, onChild = () => {} }: World,
): Running {
  const child = spawn(file, args, {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdout, stderr, pid } = child;
  let killedFor: string | undefined;
  const kill = (why: string) => {
    killedFor ??= why;
    if (pid !== undefined) killGroup(pid);
    // What has left the group may hold on to them.
    stdout.destroy();
    stderr.destroy();
  };
  const output = collect(stdout, MAX_RENDERED_BYTES, () => {
    kill(`it printed over ${MAX_RENDERED_BYTES} bytes`);
  });
  const said = collect(stderr, MAX_SAID_BYTES, () => {});
  const limits = [
    clock.setTimeout(() => kill(`it took over ${MAX_MS / 1000} s`), MAX_MS),
    watchMemory(
      () => memoryMib(pid) > MAX_MEMORY_MIB,
      () => kill(`it used over ${MAX_MEMORY_MIB} MiB of memory`),
      clock,
    ),
  ];
  if (pid !== undefined) {
    onChild(pid);
    stepBack(pid);
  }
  const outcome = new Promise<Outcome>((resolve) => {
    const done = (result: Outcome) => {
      for (const limit of limits) limit.cancel();
      if (pid !== undefined) killGroup(pid);
      onChild(0);
      resolve(result);
    };
    child.on('error', (error) => done({ is: 'failed', why: error.message }));
    child.on('close', (code, signal) => {
      const words = asLine(said());
      if (killedFor !== undefined) done({ is: 'failed', why: killedFor });
      else if (code === 0) done({ is: 'rendered', bytes: output(), notes: words });
      else done({ is: 'failed', why: words || `it ended with ${signal ?? `code ${code}`}` });
    });
  });
  return { outcome, kill: () => kill('it was ended') };
}

/** What a stream has brought, up to a limit. */
function collect(
  stream: NodeJS.ReadableStream,
  most: number,
  onMore: () => void,
): () => Uint8Array {
  const parts: Buffer[] = [];
  let length = 0;
  stream.on('data', (part: Buffer) => {
    if (length + part.length > most) onMore();
    const taken = part.subarray(0, most - length);
    length += taken.length;
    parts.push(taken);
  });
  stream.on('error', () => {});
  return () => new Uint8Array(Buffer.concat(parts));
}

/** Its words, as one line of a message. */
function asLine(bytes: Uint8Array): string {
  const text = new TextDecoder()
    .decode(bytes)
    .trim()
    .replace(/\s*\n\s*/g, ' ');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function watchMemory(isTooMuch: () => boolean, onTooMuch: () => void, clock: Clock) {
  let timer = clock.setTimeout(look, MEMORY_LOOK_MS);
  function look(): void {
    if (isTooMuch()) onTooMuch();
    else timer = clock.setTimeout(look, MEMORY_LOOK_MS);
  }
  return { cancel: () => timer.cancel() };
}

/** Ends a program that `startChild` has started, with what that has started. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Processes whose memory is looked at; a script starts a few. */
const MAX_PROCESSES = 100;

/**
 * Memory that a process and those below it have, MiB; 0 when the kernel does not say, as elsewhere
 * than on Linux.
 */
export function residentMib(pid: number | undefined): number {
  const pids = new Set(pid === undefined ? [] : [pid]);
  let kib = 0;
  for (const one of pids) {
    try {
      const status = readFileSync(`/proc/${one}/status`, 'latin1');
      kib += Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
      for (const child of childrenOf(one)) if (pids.size < MAX_PROCESSES) pids.add(child);
    } catch {
      // It has ended.
    }
  }
  return kib / 1024;
}

/** Each thread has its own. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

function stepBack(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended already, or it is not allowed: it works without.
  }
}
