import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of its own for a test to fill, change and throw away. */
export class TempFolder {
  /** Absolute, without links. */
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'svcdns-')));

  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes in place, making the folders above. */
  write(name: string, content: string | Uint8Array): string {
    this.folder(dirname(name));
    writeFileSync(this.at(name), content);
    return this.at(name);
  }

  folder(name: string): string {
    mkdirSync(this.at(name), { recursive: true });
    return this.at(name);
  }

  link(name: string, target: string): string {
    this.folder(dirname(name));
    symlinkSync(target, this.at(name));
    return this.at(name);
  }

  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to));
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true });
  }

  /** Swaps a ConfigMap volume's `..data` for a new version, as the kubelet does (AtomicWriter). */
  swapConfigMap(name: string, version: string, files: Readonly<Record<string, string>>): void {
    for (const [file, content] of Object.entries(files)) {
      this.write(join(name, `..${version}`, file), content);
    }
    this.link(join(name, '..data_tmp'), `..${version}`);
    this.rename(join(name, '..data_tmp'), join(name, '..data'));
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
