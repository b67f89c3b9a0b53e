import type { Origin } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import { idOf } from './rule-id.ts';

/**
 * `# svcdns-lint: disable=ID,ID`, in a manifest or a Corefile: on a line, above it, above an item
 * of a list for the whole of it, or above everything else of its document.
 */
const COMMENT = /(^|\s)#\s*svcdns-lint:\s*(.*)$/;
const WORD = 'svcdns-lint';

/** Comments read of all files; of those after them nothing is known. */
const MAX_COMMENTS = 10_000;

/** Rules that one comment may name. */
const MAX_IDS = 100;

/** The rules that a file's comments silence. */
interface Silences {
  /** `LINE ID` */
  readonly lines: Set<string>;
  /** The documents, from their first line on, in order. */
  readonly documents: { readonly first: number; readonly ids: Set<string> }[];
  /** Items of YAML lists that have a comment above them. */
  readonly items: Item[];
}

interface Item {
  readonly first: number;
  last: number;
  /** Of its dash. */
  readonly indent: number;
  readonly ids: readonly string[];
}

/** What comments in manifests and Corefiles say about rules. */
export class Comments {
  /** Comments that could not be read. */
  readonly problems: Problem[] = [];
  /** The ids in the others, and where they stand. */
  readonly named: { readonly id: string; readonly origin: Origin }[] = [];
  readonly #files = new Map<string, Silences | undefined>();

  /** Whether the file has been read. */
  has(file: string): boolean {
    return this.#files.has(file);
  }

  /** Takes the comments of a file; most have none, and then there is nothing to do. */
  read(file: string, text: string): void {
    if (this.#files.has(file)) return;
    this.#files.set(file, text.includes(WORD) ? this.#silencesOf(file, text) : undefined);
  }

  /** Whether a comment is about a problem with this id. */
  silences(id: string, { file, line }: Origin): boolean {
    const silences = this.#files.get(file);
    if (silences === undefined) return false;
    return (
      silences.lines.has(`${line} ${id}`) ||
      documentAt(silences, line)?.ids.has(id) === true ||
      silences.items.some(
        ({ first, last, ids }) => first <= line && line <= last && ids.includes(id),
      )
    );
  }

  #silencesOf(file: string, text: string): Silences {
    const document = (first: number) => ({ first, ids: new Set<string>() });
    let current = document(1);
    const silences: Silences = { lines: new Set(), documents: [current], items: [] };
    /** The items that the line may be in, the innermost last. */
    let open: Item[] = [];
    let isHead = true;
    /** Those of the comments right above. */
    let above: string[] = [];
    for (const [at, line] of text.split(/\r?\n/).entries()) {
      const number = at + 1;
      if (/^---(\s|$)/.test(line)) {
        current = document(number);
        silences.documents.push(current);
        isHead = true;
      }
      const content = line.replace(/^---(?=\s|$)/, '').trim();
      const ids = line.includes(WORD) ? this.#idsOf(file, line, number) : [];
      if (content.startsWith('#')) {
        above.push(...ids);
        if (isHead) for (const id of ids) current.ids.add(id);
      } else if (content !== '') {
        for (const id of [...ids, ...above]) silences.lines.add(`${number} ${id}`);
        const indent = line.search(/\S/);
        open = open.filter((item) => item.indent < indent);
        for (const item of open) item.last = number;
        if (above.length > 0 && /^-(\s|$)/.test(content)) {
          const item = { first: number, last: number, indent, ids: above };
          silences.items.push(item);
          open.push(item);
        }
        above = [];
        isHead = false;
      }
    }
    return silences;
  }

  #idsOf(file: string, line: string, number: number): string[] {
    const found = COMMENT.exec(line);
    if (found === null || this.named.length + this.problems.length >= MAX_COMMENTS) return [];
    const [, before = '', said = ''] = found;
    const origin = { file, document: 0, line: number, column: found.index + before.length + 1 };
    const [, list] = /^disable=([\w-]+(?:,[\w-]+)*)(?=\s|$)/.exec(said) ?? [];
    if (list === undefined) {
      const message = `Cannot read this comment: found ${JSON.stringify(said.slice(0, 60))}, expected disable=ID, as in disable=external-name-loop; several IDs are joined by commas`;
      this.problems.push({ severity: 'warning', code: 'LINT_COMMENT', message, origin });
      return [];
    }
    const ids = list.split(',', MAX_IDS).map(idOf);
    for (const id of ids) this.named.push({ id, origin });
    return ids;
  }
}

/** The last document that begins at the line or above it. */
function documentAt(
  { documents }: Silences,
  line: number,
): Silences['documents'][number] | undefined {
  let [low, high] = [0, documents.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (documents[middle]!.first <= line) low = middle + 1;
    else high = middle;
  }
  return documents[low - 1];
}
