import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  load,
  mapTag,
  mergeTag,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from 'js-yaml';

/** A compose file that cannot be used. The message says where, and what was expected. */
export class ComposeError extends Error {
  override readonly name = 'ComposeError';
}

/** A mapping of YAML. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Deep enough for any file that people write. */
const MAX_DEPTH = 50;
const MAX_ALIASES = 1000;

/**
 * YAML as compose reads it: with merge keys (`<<`), and with tags of its own (`!reset`,
 * `!override`), whose values are taken as they are.
 */
const SCHEMA = new Schema([
  ...CORE_SCHEMA.tags,
  mergeTag,
  defineScalarTag('!', { ...strTag, implicit: false, matchByTagPrefix: true, identify: NEVER }),
  defineSequenceTag('!', { ...seqTag, matchByTagPrefix: true, identify: NEVER }),
  defineMappingTag('!', { ...mapTag, matchByTagPrefix: true, identify: NEVER }),
]);

function NEVER(): boolean {
  return false;
}

/**
 * The mapping that a compose file is. `file` is its name in messages.
 *
 * @throws {ComposeError}
 */
export function readComposeYaml(text: string, file: string): Mapping {
  let value: unknown;
  try {
    const options = { schema: SCHEMA, maxDepth: MAX_DEPTH, maxAliases: MAX_ALIASES };
    value = text.trim() === '' ? undefined : load(text, options);
  } catch (error) {
    // js-yaml's documentation says to catch every exception, not only its own.
    const isOwn = error instanceof YAMLException;
    const place = isOwn && error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : '';
    const why = isOwn ? error.reason : (error as Error).message;
    throw new ComposeError(`${file}${place}: cannot be read as YAML: ${why}`);
  }
  return mappingOf(value, file);
}

/**
 * The value as a mapping; nothing is an empty one.
 *
 * @throws {ComposeError} when it is something else.
 */
export function mappingOf(value: unknown, place: string): Mapping {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Mapping;
  throw new ComposeError(`${place}: found ${kindOf(value)}, expected a mapping`);
}

/** A list's items; a single text is a list of one, as in `dns: 192.0.2.1`. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The names in what may be a list of them or a mapping by them, as `networks` of a service. */
export function namesOf(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.keys(value);
  }
  return listOf(value).filter((item) => typeof item === 'string');
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
