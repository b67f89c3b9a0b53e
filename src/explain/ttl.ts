import { Type } from '../dns/codes.ts';
import type { ExplainedTtl } from './explanation.ts';
import type { TracedQuestion } from './trace.ts';

/** How long the reply may be kept, and who says so; undefined for one without records. */
export function ttlOf(traced: TracedQuestion): ExplainedTtl | undefined {
  const { answer, authority, published } = traced;
  const soa = authority.find(({ type }) => type === Type.SOA);
  const records = answer.length > 0 ? answer : soa === undefined ? [] : [soa];
  if (records.length === 0) return undefined;
  const ofSoa =
    answer.length === 0 && soa?.data.kind === 'start'
      ? soa.data.start.minimum
      : Number.POSITIVE_INFINITY;
  const seconds = records.reduce((least, { ttl }) => Math.min(least, ttl), ofSoa);
  const why = answer.length > 0 ? '' : 'of the SOA record: ';
  if (published !== undefined) return { seconds, text: `${why}${publishedText(traced, seconds)}` };
  return { seconds, text: `${why}${otherText(traced)}` };
}

function publishedText({ published, plugin }: TracedQuestion, seconds: number): string {
  const own = published?.ttl ?? seconds;
  if (seconds === own) return `the option ttl of ${plugin}`;
  return seconds < own
    ? `less than the option ttl of ${plugin}, ${own} s, as another record or object says`
    : 'of the object itself';
}

function otherText({ plugins, plugin }: TracedQuestion): string {
  const notes = plugins.flatMap((step) => step.notes);
  if (notes.some(({ kind }) => kind === 'kept')) return 'what is left of the time in cache';
  return notes.some(({ kind }) => kind === 'upstream')
    ? "the upstream's, within the limits of cache"
    : `of ${plugin === '' ? 'nothing' : plugin}`;
}
