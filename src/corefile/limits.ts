/** Files or snippets that import one another. CoreDNS allows 10,000. */
export const MAX_IMPORT_DEPTH = 10;

export const MAX_IMPORTED_FILES = 100;

/** All files together, with the values of environment variables. */
export const MAX_BYTES = 1024 * 1024;

/**
 * Words of a Corefile with its snippets expanded: ten snippets that import one another ten times
 * each would make 10^10. A Corefile of 10,000 words is a large one.
 */
export const MAX_WORDS = 200_000;

/**
 * Zones in front of all server blocks. A network in CIDR notation is up to 128 zones, so a file
 * within the limits above could make ten million.
 */
export const MAX_SERVER_KEYS = 10_000;

/** Zones that one directive names. */
export const MAX_ZONES = 1000;

/** Nested blocks in a directive. CoreDNS's deepest has 2 (`tls { acme { … } }`). */
export const MAX_BLOCK_DEPTH = 4;
