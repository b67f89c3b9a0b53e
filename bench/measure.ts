import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilRight, wrongAnswer } from './ask.ts';
import { compiled } from './compiled.ts';
import { connects, type Pace } from './connect.ts';
import { type CpuTime, cpuSeconds, cpuTime, residentMegabytes } from './cpu.ts';
import { dnsperf, type LoadReport } from './dnsperf.ts';
import type { Server, Setup } from './servers.ts';
import { percentile } from './statistics.ts';
import { type Mix, questionsOf, type Transport, writeQuestions } from './workload.ts';

/** Figures of one server under one load in one round. */
export interface Figures {
  readonly queriesPerSecond: number;
  readonly lost: number;
  /** CPU time for one query; µs. */
  readonly user: number;
  readonly system: number;
  /** How long replies took at half the rate; ms. Undefined when that was not measured. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly p999: number | undefined;
}

/** What it took to answer at all. */
export interface Start {
  /** From the start of the process to the first right answer; s. */
  readonly seconds: number;
  readonly cpu: number;
  /** Memory then, and after all loads; MB. */
  readonly memory: number;
  memoryAfter: number;
}

export interface Wish {
  readonly mix: Mix;
  readonly transport: Transport;
  readonly seconds: number;
  readonly hasTimes: boolean;
  /** New names a second; undefined for as many as are answered. */
  readonly misses: number | undefined;
  /** Of connections that have one question each. */
  readonly pace?: Pace;
}

type DnsperfWish = Wish & { readonly transport: 'udp' | 'tcp' };

/** The processors that the server, and everything else, may use; undefined where there is one. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

/** More new names a second than any server here answers: of these as many are written down. */
const MOST_MISSES_A_SECOND = 60_000;
/** V8 compiles the way of a forwarded name after some 20,000 of them. */
const MISS_WARM_UP = { rate: 4000, seconds: 8 };
/** The first two seconds of connections cost half as much again. */
const CONNECT_WARM_UP_SECONDS = 4;
const IDLE_SECONDS = 2;
/**
 * svcdns tidies up once nothing has changed for 6 s, with 200,000 names and more for 12 s, and
 * needs up to 4 s for that. V8 then marks the resolver's heap as a first load goes on: the longer
 * the more is in it.
 */
const TIDY_SECONDS = { least: 8, ofMany: 18, most: 60, load: 2, loadOf10000: 1 };
const MANY_SERVICES = 50_000;
const START_SECONDS = 120;
/** Look-ups whose answers are compared before anything is measured. */
const CHECKED = 50;

/** A server that runs, from its first right answer on. */
export class RunningServer {
  readonly start: Start;
  readonly #server: Server;
  readonly #setup: Setup;
  readonly #process: ChildProcess;
  /** Rejects, with what it has printed last, when the server ends before it is stopped. */
  readonly ended: Promise<never>;
  #isStopping = false;
  #asked = 0;

  private constructor(server: Server, setup: Setup, process: ChildProcess, start: Start) {
    this.#server = server;
    this.#setup = setup;
    this.#process = process;
    this.start = start;
    this.ended = new Promise((_, reject) => {
      process.once('exit', (code, signal) => {
        if (this.#isStopping) return;
        const text = `${server.name} ended by itself: ${signal ?? `code ${code}`}`;
        reject(new Error([text, ...lastLines(join(setup.folder, 'output'))].join('\n')));
      });
    });
    this.ended.catch(() => {}); // most do not wait for it
  }

  /** @throws Error when no right answer comes */
  static async start(
    server: Server,
    setup: Setup,
    cores: Cores | undefined,
  ): Promise<RunningServer> {
    mkdirSync(setup.folder, { recursive: true });
    const command = server.command(setup);
    const pinned = cores === undefined ? [] : ['taskset', '-c', `${cores.server}`];
    const [program, ...args] = [...pinned, ...command] as [string, ...string[]];
    const began = performance.now();
    const output = join(setup.folder, 'output');
    const file = openSync(output, 'w');
    const stdout = server.prints ? 'pipe' : file;
    const process = spawn(program, args, { stdio: ['ignore', stdout, file] });
    closeSync(file);
    process.stdout?.resume();
    process.on('error', () => {});
    const isRunning = () => process.exitCode === null && process.pid !== undefined;
    try {
      const last = questionsOf('pod', setup.services).slice(-3);
      if (server.answers) await untilRight(setup.port, last, isRunning, START_SECONDS);
      else await sleep(1000);
      const seconds = (performance.now() - began) / 1000;
      const memory = residentMegabytes(process.pid!);
      const start = { seconds, cpu: cpuSeconds(process.pid!), memory, memoryAfter: memory };
      return new RunningServer(server, setup, process, start);
    } catch (error) {
      process.kill('SIGKILL');
      throw new Error([(error as Error).message, ...lastLines(output)].join('\n'));
    }
  }

  /** CPU time so far, s. */
  get cpu(): number {
    return cpuSeconds(this.#process.pid!);
  }

  /** In RAM now, MB. */
  get memory(): number {
    return residentMegabytes(this.#process.pid!);
  }

  /** Until it has done what it does after its start, beside its answers. */
  async rest(): Promise<void> {
    if (this.#server.tidies !== true) return;
    const { port, folder, services } = this.#setup;
    const { least, ofMany } = TIDY_SECONDS;
    await sleep((services >= MANY_SERVICES ? ofMany : least) * 1000);
    await this.#untilIdle();
    const questions = join(folder, 'tidying');
    writeQuestions(questions, questionsOf('pod', services));
    const seconds = TIDY_SECONDS.load + (TIDY_SECONDS.loadOf10000 * services) / 10_000;
    await dnsperf({ port, transport: 'udp', questions, seconds: Math.ceil(seconds) });
  }

  async #untilIdle(): Promise<void> {
    for (let second = 0; second < TIDY_SECONDS.most; second++) {
      const before = this.cpu;
      await sleep(1000);
      if (this.cpu - before < 0.05) return;
    }
  }

  /** What is wrong with its answers over this transport; undefined when nothing is. */
  async fault({ mix, transport }: Wish): Promise<string | undefined> {
    if (!this.#server.answers) return undefined;
    const questions = questionsOf(mix, this.#setup.services, `check${this.#setup.port}`, CHECKED);
    const over = transport === 'udp' ? 'udp' : 'tcp';
    return wrongAnswer(this.#setup.port, questions.slice(0, CHECKED), over);
  }

  /** Warms it up, loads it, and looks how long replies take at half that load. */
  async measure(wish: Wish): Promise<Figures> {
    const { mix, transport } = wish;
    let figures: Figures;
    if (transport === 'connect') figures = await this.#measureConnects(wish);
    else if (mix === 'forwarded-miss') figures = await this.#measureMisses({ ...wish, transport });
    else figures = await this.#measureFully({ ...wish, transport });
    this.start.memoryAfter = residentMegabytes(this.#process.pid!);
    return figures;
  }

  async #measureFully({ mix, transport, seconds, hasTimes }: DnsperfWish): Promise<Figures> {
    const { port, services, folder } = this.#setup;
    const questions = join(folder, mix);
    writeQuestions(questions, questionsOf(mix, services));
    const load = { port, transport, questions };
    await dnsperf({ ...load, seconds: Math.ceil(seconds / 3) });
    const before = this.#cpu();
    const report = await dnsperf({ ...load, seconds });
    const used = this.#since(before);
    if (!hasTimes) return figuresOf(report, used, []);
    const half = { ...load, seconds: Math.ceil(seconds / 2), rate: report.queriesPerSecond / 2 };
    const { times } = await dnsperf({ ...half, times: true });
    return figuresOf(report, used, times);
  }

  async #measureConnects({ mix, seconds, pace }: Wish): Promise<Figures> {
    const { port, services, folder } = this.#setup;
    const questions = join(folder, mix);
    writeQuestions(questions, questionsOf(mix, services));
    const load = { program: compiled('connect', folder), port, questions, ...pace };
    await connects({ ...load, rate: undefined, seconds: CONNECT_WARM_UP_SECONDS });
    const before = this.#cpu();
    const report = await connects({ ...load, seconds });
    return figuresOf(report, this.#since(before), []);
  }

  async #measureMisses({ transport, seconds, misses }: DnsperfWish): Promise<Figures> {
    const { port, services, folder } = this.#setup;
    const questions = join(folder, 'misses');
    const ask = (rate: number | undefined, duration: number, times: boolean) => {
      const round = `r${port}-${this.#asked++}`;
      const most = (rate ?? MOST_MISSES_A_SECOND) * (duration + 1);
      writeQuestions(questions, questionsOf('forwarded-miss', services, round, most));
      return dnsperf({ port, transport, questions, seconds: duration, rate, times });
    };
    await ask(MISS_WARM_UP.rate, seconds === 1 ? 1 : MISS_WARM_UP.seconds, false);
    const idleFrom = this.#cpu();
    await sleep(IDLE_SECONDS * 1000);
    const idle = this.#since(idleFrom);
    const before = this.#cpu();
    const report = await ask(misses, seconds, true);
    const used = this.#since(before);
    const share = seconds / IDLE_SECONDS;
    const user = used.user - idle.user * share;
    const system = used.system - idle.system * share;
    return figuresOf(report, { user, system }, report.times);
  }

  #cpu(): CpuTime {
    return cpuTime(this.#process.pid!);
  }

  #since(before: CpuTime): CpuTime {
    const now = this.#cpu();
    return { user: now.user - before.user, system: now.system - before.system };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

function lastLines(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-3);
}

function figuresOf(report: LoadReport, used: CpuTime, times: readonly number[]): Figures {
  const microseconds = (seconds: number) => (seconds / report.completed) * 1e6;
  const time = (share: number) =>
    times.length === 0 ? undefined : percentile(times, share) * 1000;
  return {
    queriesPerSecond: report.queriesPerSecond,
    lost: report.lost,
    user: microseconds(used.user),
    system: microseconds(used.system),
    p50: time(0.5),
    p99: time(0.99),
    p999: time(0.999),
  };
}

/** Gives the last processor to this process and the load, and the first one to servers. */
export function shareCores(processors: readonly number[]): Cores | undefined {
  const [server, ...others] = processors;
  const load = others.at(-1);
  if (server === undefined || load === undefined) return undefined;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', `${load}`, `${process.pid}`], { stdio: 'ignore' });
  } catch {
    return undefined; // no taskset
  }
  return { server, load };
}
