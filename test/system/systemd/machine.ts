import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TempFolder } from '../../helpers/temp-folder.ts';
import { type Argv, output, Running } from '../command.ts';

const BOOT = fileURLToPath(new URL('boot.sh', import.meta.url));

/** What is started by itself: no more than units depend on. */
const TARGET = `[Unit]
Description=What a test asks for
Requires=sysinit.target dbus.socket
After=sysinit.target dbus.socket
`;

/** A systemd of the test's own, with the files of this machine and some others. */
export class SystemdMachine {
  readonly #boot: Running;
  /** Of its systemd, as it is called here. */
  readonly #pid: number;

  private constructor(boot: Running, pid: number) {
    this.#boot = boot;
    this.#pid = pid;
  }

  /** With what lies in `files` of this folder: `files/etc/systemd/system/web.service`. */
  static async boot(folder: TempFolder): Promise<SystemdMachine> {
    folder.write('files/etc/systemd/system/default.target', TARGET);
    const boot = new Running(['bash', BOOT, folder.path, process.execPath]);
    // Processes of a group are told by the names that they have where that is read.
    const groups = `/proc/${boot.pid}/root${folder.path}/cgroups/svcdns-${boot.pid}`;
    let pid = 0;
    const isRunning = async () => {
      pid = Number(textOf(`${groups}/init.scope/cgroup.procs`).split('\n')[0]);
      if (pid === 0) return false;
      const machine = new SystemdMachine(boot, pid);
      return (await machine.run('systemctl', 'is-system-running').catch(() => '')) === 'running\n';
    };
    try {
      await boot.until(isRunning);
      return new SystemdMachine(boot, pid);
    } catch (error) {
      if (boot.isRunning) await boot.stop();
      throw error;
    }
  }

  /** The command that runs `argv` in it. */
  command(...argv: Argv): Argv {
    return ['nsenter', `--target=${this.#pid}`, '--all', '--root', '--wd', ...argv];
  }

  /**
   * What a command prints in it.
   *
   * @throws Error with the command, its status and its output when it fails.
   */
  run(...argv: Argv): Promise<string> {
    return output(this.command(...argv));
  }

  /** Ends it, and all that runs in it. */
  async stop(): Promise<void> {
    if (this.#boot.isRunning) await this.#boot.stop();
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
