/**
 * What a folder of manifests may cost. Past a limit a file is refused, never cut: half a file would
 * give a set of names that was never written.
 */

const MIB = 1024 * 1024;

/**
 * Largest manifest file, bytes.
 *
 * `kubectl get svc,endpointslices -A -o yaml` has 35 MB of 10,000 Services with 50,000 endpoints,
 * and 282 MB of 100,000 with 300,000. Parsing has a thread of its own and takes time in proportion
 * to size, and items of a List are read one by one. While it is read a file is in memory twice, as
 * bytes and as text, which may have 512 MiB at most (V8).
 */
export const MAX_FILE_BYTES = 320 * MIB;

/** What a renderer may print, bytes. */
export const MAX_RENDERED_BYTES = 64 * MIB;

/** All files together, bytes. The changed ones are held in memory at once. */
export const MAX_TOTAL_BYTES = 512 * MIB;

/**
 * Longest document that is parsed whole, characters: JSON, and YAML that js-yaml has to read with
 * all its items (a List with aliases or a mistake). That takes 27 MB of memory a MB, of the 2 GiB
 * that the thread may have, and 0.2 s.
 */
export const MAX_SLOW_CHARS = 64 * MIB;

/** Files in all watched folders together. */
export const MAX_FILES = 10_000;

/**
 * Folders inside folders. Real trees have fewer than ten; this ends what the link checks missed.
 */
export const MAX_FOLDER_DEPTH = 32;

/** Directory entries looked at in one scan, manifests or not. */
export const MAX_ENTRIES = 100_000;

/**
 * Documents of one file that are not empty; as many as one document may have objects. Each takes
 * at most about 0.1 ms to begin with, so all of them take 50 s, in which progress is reported.
 */
export const MAX_DOCUMENTS = 500_000;

/** Longest List that is parsed whole, characters; longer ones are parsed item by item. */
export const MAX_WHOLE_CHARS = 64 * 1024;

/** Longest document, List or not, whose text is compared with what was read before, characters. */
export const MAX_KNOWN_CHARS = MIB;

/** Mappings and lists inside one another. The deepest schemas of published CRDs reach about 40. */
export const MAX_DEPTH = 64;

/** Aliases (`*name`) of one document. */
export const MAX_ALIASES = 100;

/**
 * Values that the aliases of one document may stand for. Aliases share what they name, so a bomb
 * costs nothing here; but code that walks the value would pay for each repetition.
 */
export const MAX_REPEATED_VALUES = 100_000;

/** How much of one file's broken documents is searched for typos, characters: people type less. */
export const MAX_TYPO_CHARS = 128 * 1024;

/** Longest document that is looked through for lines with nothing but a tab, characters. */
export const MAX_TAB_CHARS = MIB;

/** Problems reported of one file, and warnings about one scan; the last line says of the rest. */
export const MAX_PROBLEMS = 100;
