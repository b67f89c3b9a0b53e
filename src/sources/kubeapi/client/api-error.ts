import { member } from '../../../kube/schema/json-type.ts';

/** Longest text of a server that is shown, characters. */
const MAX_SHOWN = 500;

/** What went wrong with a request. */
export type ApiFault =
  /** No reply: no connection, one that broke, or silence. */
  | 'connection'
  /** A reply that is not 200, or an ERROR event. */
  | 'status'
  /** A reply that cannot be read. */
  | 'malformed'
  /** Our own credentials cannot be used. */
  | 'credentials';

/** A request that failed, in words for people. Nothing secret is in it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly fault: ApiFault;
  /** HTTP status; 0 without one. */
  readonly status: number;
  /** How long the server wants to be left alone, ms; 0 when it does not say. */
  readonly retryAfterMs: number;

  constructor(fault: ApiFault, message: string, status = 0, retryAfterMs = 0) {
    super(message);
    this.fault = fault;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error that a `Status` object of the API tells of (meta/v1). */
export function statusError(value: unknown, retryAfterSeconds = 0, httpStatus = 0): ApiError {
  const code = member(value, 'code');
  const status = typeof code === 'number' ? code : httpStatus;
  const seconds = member(member(value, 'details'), 'retryAfterSeconds');
  const wait = typeof seconds === 'number' && seconds > 0 ? seconds : retryAfterSeconds;
  const message = member(value, 'message') ?? member(value, 'reason');
  // What is no Status may be a page of a proxy, of many lines.
  const line =
    typeof message === 'string' ? message.slice(0, MAX_SHOWN).split(/\s+/).join(' ') : '';
  const text = line.trim() === '' ? '' : `: ${line.trim()}`;
  return new ApiError('status', `status ${status}${text}`, status, wait * 1000);
}

/** Node's words for a connection that the other side has ended, in a reply and before it. */
const CUT: ReadonlySet<string> = new Set(['aborted', 'socket hang up']);

/** An error of a connection: `connect ECONNREFUSED 10.96.0.1:443`. */
export function connectionError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const message = CUT.has(said) ? 'the connection broke off' : said;
  return new ApiError('connection', message.slice(0, MAX_SHOWN));
}
