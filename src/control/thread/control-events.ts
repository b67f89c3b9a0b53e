import type { Logger } from '../../observe/log.ts';
import type { HeldBack, SourceMeasure } from '../../sources/source.ts';
import type { NamedChange } from '../history/remembered-change.ts';
import type { Kept } from '../state/kept-files.ts';
import type { LoadSummary } from '../summary.ts';
import type { FromControl, ManifestChange, Revision } from './protocol.ts';

/** Who is told of what a control thread says, beside the names that it publishes. */
export interface ControlEvents {
  /** Each time everything that was found has been published. */
  readonly onLoaded?: (summary: LoadSummary, held: HeldBack) => void;
  /** What a source that talks to an API server has done. */
  readonly onMeasure?: (measure: SourceMeasure) => void;
  /** Each time manifests or the objects of a cluster have changed: what that came to. */
  readonly onChanged?: (change: ManifestChange | NamedChange) => void;
  /** Each time the objects have become others, and that has been published. */
  readonly onRevised?: (revision: Revision) => void;
  /** Each time what is kept for the next run could not be written. */
  readonly onUnsaved?: (what: Kept) => void;
}

/** Passes a message on to whom it is for. */
export function tell(
  message: FromControl,
  events: ControlEvents,
  log: Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>,
): void {
  switch (message.kind) {
    case 'changed':
      events.onChanged?.(message.change);
      break;
    case 'revised':
      events.onRevised?.(message);
      break;
    case 'measured':
      events.onMeasure?.(message.measure);
      break;
    case 'unsaved':
      events.onUnsaved?.(message.what);
      break;
    case 'log':
      log[message.level](message.fields, message.message);
      break;
  }
}
