import type { Problem } from '../kube/problem.ts';

/** What a namespace gives names to. */
export interface NamespaceSummary {
  readonly name: string;
  readonly clusterIP: number;
  readonly headless: number;
  readonly externalName: number;
  /** Ready endpoint addresses. */
  readonly endpoints: number;
  readonly pods: number;
}

/** What is loaded, for the start-up table, `check` and the log. Plain data. */
export interface LoadSummary {
  readonly files: number;
  readonly namespaces: readonly NamespaceSummary[];
  /** Names published, over all zones, empty non-terminals included. */
  readonly names: number;
  /** Kinds that have no part in DNS, and how many objects there were of each. */
  readonly passedOver: readonly (readonly [kind: string, count: number])[];
  readonly refusedDocuments: number;
  readonly problems: readonly Problem[];
  /** `name.namespace` of a Service with an address: for a `dig` line to paste. */
  readonly example?: string;
}

/** A summary before the names are counted, which is done where they are published. */
export type ControlSummary = Omit<LoadSummary, 'names'>;
