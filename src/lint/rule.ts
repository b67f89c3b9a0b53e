import type { LoadedObjects } from '../control/control-plane.ts';
import type { Origin, Service } from '../kube/objects.ts';
import type { NamedObject, Severity } from '../kube/problem.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { ZoneOptions } from '../zone/options.ts';
import type { LintedCorefile } from './corefile.ts';
import type { ReadFacts } from './facts.ts';

/** What can be wrong with names although every manifest and every Corefile is valid. */
export interface Rule {
  /**
   * In small letters with dashes: `external-name-loop`. Its findings have the code that is the same
   * in capitals, `EXTERNAL_NAME_LOOP`, and its page is `docs/lint/external-name-loop.md`.
   */
  readonly id: string;
  /** Of its findings, unless one says otherwise. Nothing that a rule finds refuses an object. */
  readonly severity: RuleSeverity;
  /** What it does to names: one line. */
  readonly reason: string;
  /** What to do: one line. */
  readonly fix: string;
  /** Looks at objects, in one pass over them. A rule without it finds in other places. */
  readonly objects?: (linted: LintedObjects, found: (finding: ObjectFinding) => void) => void;
  /** Looks at a Corefile. */
  readonly corefile?: (linted: LintedCorefile, found: (finding: CorefileFinding) => void) => void;
}

type RuleSeverity = Exclude<Severity, 'error'>;

/** Something that a rule has found. */
interface Finding {
  /** What was found, and what to do. */
  readonly message: string;
  readonly severity?: RuleSeverity;
}

export interface ObjectFinding extends Finding {
  readonly object: NamedObject;
  /** Where in the object; its beginning when left out. */
  readonly origin?: Origin | undefined;
}

export interface CorefileFinding extends Finding {
  readonly origin: Origin;
}

/** The objects of one source, and what they come to. */
export interface LintedObjects extends LoadedObjects {
  readonly zone: ZoneOptions;
  readonly live: LiveZone;
  readonly facts: ReadFacts;
  /** All Services that have names. A pass of a rule is one call of this. */
  services(): Iterable<Service>;
}
