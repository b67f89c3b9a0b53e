import type { NamespaceSummary } from '../../control/summary.ts';
import { textTable } from './text-table.ts';

/** A screenful. More namespaces are summed up in one line. */
const MAX_ROWS = 40;

/** What each namespace gives names to, by kind; one line a row, the heads first. */
export function namespaceTable(namespaces: readonly NamespaceSummary[]): string[] {
  if (namespaces.length === 0)
    return ['No namespaces: the manifests hold nothing that has a name in DNS'];
  const shown = namespaces.slice(0, MAX_ROWS);
  const rows = shown.map(cells);
  const left = namespaces.length - shown.length;
  const table = textTable([
    ['NAMESPACE', 'CLUSTERIP', 'HEADLESS', 'EXTERNALNAME', 'ENDPOINTS', 'PODS'],
    ...rows,
  ]);
  return left === 0 ? table : [...table, `… and ${left} more namespaces`];
}

function cells(namespace: NamespaceSummary): (string | number)[] {
  const { name, clusterIP, headless, externalName, endpoints, pods } = namespace;
  return [name, clusterIP, headless, externalName, endpoints, pods];
}
