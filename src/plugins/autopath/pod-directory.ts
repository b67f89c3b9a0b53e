/** Which namespace a client is in, from the Pods of a cluster. */
export interface PodDirectory {
  /** The cluster's zones, lower case, without the final dot: `cluster.local`. */
  readonly zones: readonly string[];
  /** The namespace of the running Pod with an address; undefined when there is none, or more than one namespace has it. */
  namespaceOf(address: string): string | undefined;
}
