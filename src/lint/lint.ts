import type { Service } from '../kube/objects.ts';
import { objectProblem, type Problem } from '../kube/problem.ts';
import type { LintedCorefile } from './corefile.ts';
import type { CorefileFinding, LintedObjects, ObjectFinding, Rule } from './rule.ts';
import { codeOf } from './rule-id.ts';
import { RULES } from './rules.ts';

/** Findings of one rule that are shown; the others are counted. */
export const MAX_FINDINGS = 100;

/** What the rules find in the objects of one source. */
export function lintObjects(
  given: Omit<LintedObjects, 'services'>,
  rules: readonly Rule[] = RULES,
): Problem[] {
  const linted = { ...given, services: () => servicesOf(given) };
  return rules.flatMap((rule) => {
    const findings = new Findings(rule);
    rule.objects?.(linted, (finding) => findings.add(objectFinding(rule, finding)));
    return findings.all;
  });
}

/** What the rules find in a Corefile. */
export function lintCorefile(linted: LintedCorefile, rules: readonly Rule[] = RULES): Problem[] {
  return rules.flatMap((rule) => {
    const findings = new Findings(rule);
    rule.corefile?.(linted, (finding) => findings.add(corefileFinding(rule, finding)));
    return findings.all;
  });
}

function* servicesOf({ views }: Pick<LintedObjects, 'views'>): Generator<Service> {
  for (const view of views) yield* view.services;
}

function objectFinding({ id, severity }: Rule, finding: ObjectFinding): Problem {
  const { object, message, origin } = finding;
  return objectProblem(finding.severity ?? severity, codeOf(id), object, message, origin);
}

function corefileFinding({ id, severity }: Rule, finding: CorefileFinding): Problem {
  const { message, origin } = finding;
  return { severity: finding.severity ?? severity, code: codeOf(id), message, origin };
}

/** What one rule has found, up to a cap. */
class Findings {
  readonly #rule: Rule;
  readonly #kept: Problem[] = [];
  #more = 0;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  add(problem: Problem): void {
    if (this.#kept.length < MAX_FINDINGS) this.#kept.push(problem);
    else this.#more++;
  }

  get all(): Problem[] {
    const last = this.#kept.at(-1);
    if (this.#more === 0 || last === undefined) return this.#kept;
    const { severity, id } = this.#rule;
    const message = `${this.#more} more of these are not shown: fix the first ${MAX_FINDINGS}, or leave the rule out with --disable ${id}`;
    return [...this.#kept, { severity, code: codeOf(id), message, origin: last.origin }];
  }
}
