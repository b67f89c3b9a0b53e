import type { EdnsOptionData, ExtendedErrorText } from './edns.ts';
import type { ResourceRecord } from './record.ts';

/** What is said to a question, in records. What is left out is false, or none. */
export interface ReplyContent {
  /** Up to 15, or with EDNS 4,095. */
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly recursionAvailable?: boolean;
  readonly authenticData?: boolean;
  /** Cut short by whoever made it: the client must ask again over TCP. */
  readonly truncated?: boolean;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  /** Options for our OPT record; sent only when the query had one. */
  readonly options?: readonly EdnsOptionData[];
  readonly error?: ExtendedErrorText | undefined;
}
