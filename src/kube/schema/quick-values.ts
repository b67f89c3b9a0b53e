// What the quick readers of objects have in common. Each gives undefined for what is out of the
// ordinary: the reader with fields judges that, and says where it stands.
import { labelValue, type NameRule, qualifiedName } from '../names.ts';
import type { Labels } from '../objects.ts';
import { isMapping } from './json-type.ts';
import type { FieldNames } from './struct.ts';

const MOST_LABELS = 100;

/** Text that is not empty and obeys the rule. */
export function ruled(value: unknown, rule: NameRule): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return rule(value).length === 0 ? value : undefined;
}

/** A list that is absent or null is empty; undefined for anything else than a list. */
export function listOf(value: unknown, most: number): readonly unknown[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) && value.length <= most ? value : undefined;
}

/** Whether it is a mapping without a member that would be warned of. */
export function hasOnly(
  value: unknown,
  { all }: Pick<FieldNames, 'all'>,
): value is Record<string, unknown> {
  return isMapping(value) && Object.keys(value).every((key) => all.has(key));
}

/** The labels; `known` where they are the same. */
export function quickLabels(value: unknown, known?: Labels): Labels | undefined {
  if (!isMapping(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length > MOST_LABELS) return undefined;
  let isSame = known?.size === keys.length;
  for (const key of keys) {
    const text = value[key];
    if (known?.get(key) === text && text !== undefined) continue;
    isSame = false;
    if (typeof text !== 'string' || qualifiedName(key).length > 0) return undefined;
    if (labelValue(text).length > 0) return undefined;
  }
  return isSame ? known : new Map(keys.map((key) => [key, value[key] as string]));
}

/** Whether nothing is to be said about the annotations of an object. */
export function isPlainAnnotations(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (!isMapping(value)) return false;
  const keys = Object.keys(value);
  if (keys.length > MOST_LABELS) return false;
  return keys.every(
    (key) => typeof value[key] === 'string' && qualifiedName(key.toLowerCase()).length === 0,
  );
}
