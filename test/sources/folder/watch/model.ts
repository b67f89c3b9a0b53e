import type { FolderChange } from '../../../../src/sources/folder/watch/folder-watcher.ts';

/** A consumer that does what ParsedFile says, and writes down what it was told. */
export class Model {
  /** For each file the `v` of its documents. */
  readonly files = new Map<string, unknown[]>();
  readonly changes: string[] = [];
  isSynced = false;
  deliveries = 0;

  readonly take = (change: FolderChange): void => {
    this.deliveries++;
    this.isSynced = change.isSynced;
    for (const { file, parse } of change.changed) {
      const { parsed, documents, problems } = parse();
      for (const { code, message } of problems) this.changes.push(`${file} ${code} ${message}`);
      if (!parsed) continue;
      const values = documents.map(({ value }) => (value as { v: unknown }).v);
      this.files.set(file, values);
      this.changes.push(`${file} = ${values.join(' ')}`);
    }
    for (const file of change.removed) {
      this.files.delete(file);
      this.changes.push(`${file} removed`);
    }
    for (const { origin, code } of change.warnings) this.changes.push(`${origin.file} ${code}`);
  };

  /** What was told since this was last asked. */
  told(): string[] {
    return this.changes.splice(0);
  }
}
