import { constructFromEvents, EVENT_ID, type Event, YAMLException } from 'js-yaml';
import { MAX_ALIASES, MAX_DEPTH } from '../limits.ts';
import type { Fault } from '../report/fault.ts';
import { aliasFault } from './aliases.ts';
import { explainDuplicate } from './duplicates.ts';
import { lenientEvents } from './far-left.ts';
import { KUBE_SCHEMA } from './scalars.ts';
import { explainSyntax } from './syntax.ts';

/** One YAML document of a text: its value, and the events that say where everything is. */
interface YamlDocument {
  readonly value: unknown;
  readonly events: readonly Event[];
}

/** What a YAML text holds, or why it holds nothing. Offsets count in that text. */
export type YamlOutcome =
  | { readonly kind: 'documents'; readonly documents: readonly YamlDocument[] }
  | { readonly kind: 'fault'; readonly fault: Fault };

/**
 * Reads the documents of a text, usually one; more where `...` ends one. Never throws: js-yaml asks
 * for every exception to be caught, not just its own.
 */
export function readYaml(text: string, maxDepth = MAX_DEPTH): YamlOutcome {
  let events: Event[] = [];
  try {
    events = lenientEvents(text, maxDepth);
    const parts = byDocument(events);
    for (const part of parts) {
      const fault = aliasFault(part, text);
      if (fault !== undefined) return { kind: 'fault', fault };
    }
    const values = constructFromEvents(events, {
      source: text,
      schema: KUBE_SCHEMA,
      maxAliases: MAX_ALIASES,
    });
    return {
      kind: 'documents',
      documents: parts.map((part, index) => ({ value: values[index], events: part })),
    };
  } catch (error) {
    return { kind: 'fault', fault: faultOf(error, events, text) };
  }
}

/** The events of each document of a text that `readYaml` accepted. */
export function yamlEvents(text: string): readonly (readonly Event[])[] {
  return byDocument(lenientEvents(text, MAX_DEPTH));
}

function byDocument(events: readonly Event[]): readonly (readonly Event[])[] {
  const starts: number[] = [];
  for (let index = 0; index < events.length; index += 1) {
    if (events[index]!.type === EVENT_ID.DOCUMENT) starts.push(index);
  }
  if (starts.length === 1) return [events];
  return starts.map((start, ordinal) => events.slice(start, starts[ordinal + 1]));
}

function faultOf(error: unknown, events: readonly Event[], text: string): Fault {
  if (!(error instanceof YAMLException)) {
    return { code: 'MANIFEST_SYNTAX', offset: 0, found: `found ${error}, expected YAML` };
  }
  const offset = error.mark?.position ?? 0;
  if (error.reason === 'duplicated mapping key') return explainDuplicate(events, text, offset);
  return explainSyntax(text, offset, error.reason);
}
