/** Files or snippets open inside one another. CoreDNS allows 10,000 of them. */
export const MAX_IMPORT_DEPTH = 10;

export const MAX_IMPORTED_FILES = 100;

/** All texts together, and what environment variables put into them. */
export const MAX_BYTES = 1024 * 1024;

/**
 * Words taken in one reading, those of expanded snippets included: ten snippets that import one
 * another ten times each would make 10^10. A Corefile of 10,000 words is a large one.
 */
export const MAX_WORDS = 200_000;

/**
 * Zones in front of all server blocks of a file. One network in CIDR notation is up to 128 zones,
 * so a text within the limits above could make ten million.
 */
export const MAX_SERVER_KEYS = 10_000;

/** Zones that one directive names. */
export const MAX_ZONES = 1000;

/** Blocks open inside one another in a directive. CoreDNS's deepest is 2 (`tls { acme { … } }`). */
export const MAX_BLOCK_DEPTH = 4;
