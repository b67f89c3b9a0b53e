import { directivesNamed, type Line, type ServerBlock, type Word } from '../../corefile/parse.ts';
import { listed, type ProblemList, quoted } from '../../corefile/problems.ts';
import { isInZone, isReverseZone, zoneText } from '../../corefile/zone-name.ts';
import { keyFromText, MAX_NAME_BYTES, type NameKey, textOf } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import type { ExternalOptions } from '../../zone/options.ts';
import type { KubernetesZones } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import { isReached, keyZones, reportUnreached } from '../unreached.ts';

/** The directive, read: what is compiled, and what is done with names that do not exist. */
export interface ExternalDirective {
  readonly options: ExternalOptions;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
}

export const NAME = 'k8s_external';

export const OPTIONS = {
  apex: 'NAME',
  ttl: 'SECONDS',
  headless: '',
  fallthrough: '[ZONES...]',
} as const satisfies OptionForms;

/**
 * Reads `k8s_external [ZONES...] { apex NAME, ttl SECONDS, headless, fallthrough [ZONES...] }`;
 * undefined after an error. `blockZones` are those of the server block, for a line that names none.
 */
export function readExternal(
  lines: readonly Line[],
  blockZones: readonly string[],
  problems: ProblemList,
): ExternalDirective | undefined {
  const directive = new Directive(NAME, problems);
  const line = directive.single(lines);
  const keys = directive.zones(line.args, blockZones.map(keyFromText));
  const zones = keys.map((key) => textOf(key).slice(0, -1));
  if (!directive.failed && !zones.some((zone) => !isReverseZone(zone))) {
    directive.error('non-reverse zone name must be used', line.origin);
  }
  const draft = { apex: 'dns', ttl: 5, headless: false }; // CoreDNS's
  let fallthrough: readonly NameKey[] | undefined;
  directive.options(line, OPTIONS, {
    apex: (option) => {
      draft.apex = readApex(option.args, directive);
    },
    ttl: (option) => {
      draft.ttl = directive.ttl(option) ?? draft.ttl;
    },
    headless: () => {
      draft.headless = true;
    },
    fallthrough: (option) => {
      fallthrough = directive.fallthrough(option);
    },
  });
  const longest = keys.find((key) => !hasRoom(draft.apex, key));
  if (!directive.failed && longest !== undefined) {
    const message = `zone ${quoted(textOf(longest))} is too long: expected room for its own names, as hostmaster.${draft.apex}`;
    directive.error(message, line.origin);
  }
  return directive.failed ? undefined : { options: { zones, ...draft }, fallthrough };
}

/** Can the longest name of the zone itself be a name? */
function hasRoom(apex: string, zone: NameKey): boolean {
  return 'hostmaster'.length + apex.length + zone.length + 3 <= MAX_NAME_BYTES;
}

/** The label that stands for `dns` in `ns1.dns.ZONE`. */
function readApex([word]: readonly Word[], directive: Directive): string {
  const { text, origin } = word as Word;
  if (!/^[a-z0-9_-]{1,63}$/i.test(text)) {
    directive.error(`Cannot use ${quoted(text)} as apex: expected one label, as in dns`, origin);
  }
  return text.toLowerCase();
}

/**
 * The `k8s_external` of a server block, read; undefined without one, or after an error. It answers
 * before `kubernetes`.
 */
export function externalIn(
  block: ServerBlock,
  kubernetes: KubernetesZones,
  problems: ProblemList,
): ExternalDirective | undefined {
  const lines = directivesNamed(block, NAME);
  const [line] = lines;
  if (line === undefined) return undefined;
  const blockZones = keyZones(block);
  const read = readExternal(lines, blockZones, problems);
  if (read === undefined || block.keys.length === 0) return read;
  const { zones } = read.options;
  const lost = zones.filter((zone) => !isReached(zone, blockZones));
  reportUnreached(NAME, lost, block, line.origin, problems);
  const hidden = kubernetes.zones.filter(
    (zone) =>
      zones.some((own) => isInZone(zone, own)) &&
      !isInAny(keyFromText(zone), read.fallthrough ?? []),
  );
  if (hidden.length > 0) {
    const message = `${NAME}: answers for ${listed(hidden.map(zoneText))} before kubernetes does: expected zones of its own, as in ${NAME} example.org, or fallthrough`;
    problems.warning('COREFILE_ZONE_UNREACHED', message, line.origin);
  }
  return read;
}
