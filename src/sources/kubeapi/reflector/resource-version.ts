/**
 * Which of two versions of one server's objects is newer: positive when `a` is, 0 for the same.
 * Undefined where they are no numbers: the API calls them opaque, and compares them so itself since
 * 1.35 (KEP-5504).
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (!NUMBER.test(a) || !NUMBER.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a > b ? 1 : -1;
}

const NUMBER = /^[1-9]\d{0,19}$/;
