/**
 * From 21,000: below the ports that the kernel gives to clients, so that nobody takes one
 * meanwhile, and clear of those that tests name by number (20,000 to 20,999, 25,000 and more).
 */
const FIRST = 21_000;
const WORKERS = 16;
/** For each process that runs test files. */
const SHARE = 250;

const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS;
let given = Math.floor(Math.random() * SHARE);

/**
 * A port that no other test is given, for a socket that has to have the same one again, or none
 * yet.
 */
export function freePort(): number {
  given = (given + 1) % SHARE;
  return FIRST + worker * SHARE + given;
}
