/** Names beside the cluster's own: those of `k8s_external` and of `k8s_gateway`. */
export type ExtraTable = 'external' | 'gateway';

/** The names of a `kubernetes` block, and those beside them. */
export type RecordTable = 'cluster' | ExtraTable;
