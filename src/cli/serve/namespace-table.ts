import type { NamespaceSummary } from '../../control/summary.ts';

/** A screenful. More namespaces are summed up in one line. */
const MAX_ROWS = 40;

/** What each namespace gives names to, by kind; one line a row, the heads first. */
export function namespaceTable(namespaces: readonly NamespaceSummary[]): string[] {
  if (namespaces.length === 0)
    return ['No namespaces: the manifests hold nothing that has a name in DNS'];
  const columns = COLUMNS.filter(
    ({ isOptional, key }) => !isOptional || namespaces.some((one) => one[key] > 0),
  );
  const shown = namespaces.slice(0, MAX_ROWS);
  const left = namespaces.length - shown.length;
  const table = textTable([
    ['NAMESPACE', ...columns.map(({ head }) => head)],
    ...shown.map((one) => [one.name, ...columns.map(({ key }) => one[key])]),
  ]);
  return left === 0 ? table : [...table, `… and ${left} more namespaces`];
}

/** One that is optional is left out where no namespace has any. */
const COLUMNS: readonly {
  readonly head: string;
  readonly key: Exclude<keyof NamespaceSummary, 'name'>;
  readonly isOptional?: true;
}[] = [
  { head: 'CLUSTERIP', key: 'clusterIP' },
  { head: 'HEADLESS', key: 'headless' },
  { head: 'EXTERNALNAME', key: 'externalName' },
  { head: 'ENDPOINTS', key: 'endpoints' },
  { head: 'PODS', key: 'pods' },
  { head: 'EXTERNALIP', key: 'external', isOptional: true },
  { head: 'HOSTS', key: 'hosts', isOptional: true },
];

/**
 * Rows of cells as aligned columns: the first to the left, numbers to the right. One line a row.
 */
function textTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) {
      widths[at] = Math.max(widths[at] ?? 0, String(cell).length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return at === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
      })
      .join('  '),
  );
}
