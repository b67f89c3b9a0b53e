import type { TableRow } from '../../control/listing/pages.ts';
import { oneLine } from '../../observe/text-line.ts';

/** Blanks between columns, as kubectl has them. */
const GAP = 3;

/** As wide as the longest event, which may come later. */
const EVENT_HEAD = 'EVENT   ';

/** Prints rows under each other as kubectl does, and remembers how wide the columns are. */
export class ObjectTable {
  readonly #heads: readonly string[];
  readonly #widths: number[] = [];
  /** In front of each name: `service/` where several resources are listed. */
  readonly #prefix: string;
  readonly #hasNamespaces: boolean;

  constructor(columns: readonly string[], hasNamespaces: boolean, prefix = '') {
    this.#heads = hasNamespaces ? ['NAMESPACE', ...columns] : columns;
    this.#prefix = prefix;
    this.#hasNamespaces = hasNamespaces;
  }

  /** The heads, then a line for each row. */
  text(rows: readonly TableRow[], events?: readonly string[]): string {
    const heads = events === undefined ? this.#heads : [EVENT_HEAD, ...this.#heads];
    return this.#lines([heads, ...this.#cells(rows, events)]);
  }

  /** Rows that follow, with an event in front of each where there are any. */
  more(rows: readonly TableRow[], events?: readonly string[]): string {
    return this.#lines(this.#cells(rows, events));
  }

  #cells(rows: readonly TableRow[], events?: readonly string[]): string[][] {
    return rows.map(({ namespace, cells: [name = '', ...cells] }, at) => [
      ...(events === undefined ? [] : [events[at] ?? '']),
      ...(this.#hasNamespaces ? [namespace] : []),
      this.#prefix + name,
      ...cells,
    ]);
  }

  #lines(rows: readonly (readonly string[])[]): string {
    const shown = rows.map((row) => row.map(oneLine));
    for (const row of shown) {
      for (const [at, cell] of row.entries()) {
        this.#widths[at] = Math.max(this.#widths[at] ?? 0, cell.length);
      }
    }
    const line = (row: readonly string[]) =>
      row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(this.#width(at)))).join('');
    return shown.map((row) => `${line(row)}\n`).join('');
  }

  #width(at: number): number {
    return (this.#widths[at] ?? 0) + GAP;
  }
}
