import type { RequestMetadata } from '../plugin.ts';

/** What a template may use of the query it answers. */
export interface TemplateData {
  /** The name asked for, lower case, with the final dot. */
  readonly name: string;
  /** In the client's case. */
  readonly questionName: string;
  readonly type: string;
  readonly class: string;
  readonly zone: string;
  readonly typeCode: number;
  readonly classCode: number;
  /** The client's address. */
  readonly remote: string;
  readonly messageId: number;
  /** The match and its groups, as in Go: '' for a group that took no part. */
  readonly match: readonly string[];
  /** The same by number and, where there is one, by name. */
  readonly groups: ReadonlyMap<string, string>;
  /** Undefined without `metadata` in the server block. */
  readonly metadata: RequestMetadata | undefined;
}

/** What the patterns of a block let its templates use. */
export interface KnownGroups {
  /** Names and numbers of any of the patterns. */
  readonly names: ReadonlySet<string>;
  /** The highest number. */
  readonly count: number;
}
