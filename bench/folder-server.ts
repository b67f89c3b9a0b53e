import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import { cpuSeconds } from './cpu.ts';
import { serviceOf } from './dump.ts';

const PORT = 25_253;

/** A server with a folder of its own, which has been answered from once. */
export class FolderServer {
  readonly folder: string;
  readonly client = new Client(PORT);
  readonly #main: string;
  readonly #next: string;
  #process: ChildProcess | undefined;

  /** `main` is the program; the folder is made below `root`. */
  constructor(main: string, root = tmpdir()) {
    this.#main = main;
    this.folder = mkdtempSync(join(root, 'm-'));
    this.#next = `${this.folder}-next`;
  }

  /** As editors and kubectl's users do; a file written in place may be read half. */
  write(file: string, text: string): void {
    writeFileSync(this.#next, text);
    renameSync(this.#next, join(this.folder, file));
  }

  /** Waits until the Service of this number is answered, and after that for `settleMs`. */
  async start(last: number, settleMs = 0): Promise<void> {
    const listen = ['--manifests', this.folder, '--listen', `127.0.0.1:${PORT}`];
    const off = ['config', 'admin', 'state'].flatMap((option) => [`--${option}`, 'off']);
    const others = [...off, '--forward', '127.0.0.1:9'];
    const args = [this.#main, 'serve', ...listen, ...others];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    this.#process = child;
    process.once('exit', this.#end);
    await this.client.open();
    const { name, ip } = serviceOf(last);
    while ((await this.client.ask(name)) !== ip) await sleep(20);
    await sleep(settleMs);
  }

  /** CPU time so far, s. */
  get cpu(): number {
    return cpuSeconds(this.#process!.pid!);
  }

  /** MB now, and the most so far. */
  get memory(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#process!.pid!}/status`, 'utf8');
    const field = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { now: Math.round(field('VmRSS')), peak: Math.round(field('VmHWM')) };
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process!.once('exit', done));
    this.#end();
    await ended;
    this.client.close();
    process.off('exit', this.#end);
  }

  /** Also when a measurement fails. */
  readonly #end = (): void => {
    this.#process?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  };
}
