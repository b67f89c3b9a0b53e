import { rcodeName, typeName } from '../dns/codes.ts';
import { textOf } from '../dns/name.ts';
import type { ExplainedPlugin } from './explanation.ts';
import type { ChainNote, TracedName, TracedPlugin } from './trace.ts';

/** What a plugin did with a question, in words. */
export function pluginDeed(step: TracedPlugin): ExplainedPlugin {
  const { plugin, line = null } = step;
  return { plugin, origin: line, ...deedOf(step) };
}

function deedOf(step: TracedPlugin): Pick<ExplainedPlugin, 'did' | 'text'> {
  const { asked, question, isChanged } = step;
  if (asked.length === 0) return answeredBy(step);
  const others = asked.filter((one) => !isSameName(one, question));
  const [first] = others;
  if (first !== undefined) {
    const more = others.length > 1 ? ` and ${others.length - 1} more` : '';
    return { did: 'rewrote', text: `asked for ${nameText(first, question)}${more}` };
  }
  return isChanged
    ? { did: 'changed', text: 'changed the reply' }
    : { did: 'passed', text: 'handed on' };
}

function answeredBy({ rcode, text, notes }: TracedPlugin): Pick<ExplainedPlugin, 'did' | 'text'> {
  const why = [...notes.map(noteText), ...(text === '' ? [] : [text])];
  const words = why.length === 0 ? '' : `: ${why.join(', ')}`;
  if (rcode === undefined) return { did: 'refused', text: `sent no reply${words}` };
  if (notes.some(({ kind }) => kind === 'not asked')) return { did: 'passed', text: why.join() };
  const isKept = notes.some(({ kind }) => kind === 'kept');
  const did = isKept ? 'kept' : rcodeName(rcode) === 'REFUSED' ? 'refused' : 'answered';
  return { did, text: `answered ${rcodeName(rcode)}${words}` };
}

function noteText(note: ChainNote): string {
  switch (note.kind) {
    case 'upstream':
      return `from ${note.upstream}`;
    case 'kept': {
      const stale = note.isStale ? ', out of date' : '';
      return `kept for ${Math.round(note.ageMs / 1000)} s${stale}`;
    }
    case 'not asked':
      return `would ask ${note.upstreams.join(', ') || 'no upstream'}`;
  }
}

function nameText({ key, type }: TracedName, question: TracedName): string {
  return type === question.type ? textOf(key) : `${textOf(key)} ${typeName(type)}`;
}

function isSameName(a: TracedName, b: TracedName): boolean {
  return a.key === b.key && a.type === b.type;
}
