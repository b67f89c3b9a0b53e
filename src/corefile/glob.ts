import { join } from 'node:path';
import type { Files } from './files.ts';

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Why a pattern cannot be used; undefined when it can. CoreDNS has the same restriction. */
export function globFault(pattern: string): string | undefined {
  if (/\[.*\]/s.test(pattern)) return "Cannot use '[…]' in an import pattern";
  const stars = pattern.split('*').length - 1;
  const questions = pattern.split('?').length - 1;
  if (stars <= 1 && questions <= 1) return undefined;
  return "Cannot use more than one '*' and one '?' in an import pattern";
}

/**
 * Paths that match an absolute pattern with one `*` and one `?`, in the order of their names.
 * Names that begin with a dot match only a pattern that does too: a mounted ConfigMap holds
 * `..data` and `..2024_05_01` beside the files.
 */
export function expandGlob(pattern: string, files: Files): string[] {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const firstGlob = segments.findIndex(isGlob);
  let found = [`/${segments.slice(0, firstGlob).join('/')}`];
  for (const segment of segments.slice(firstGlob)) {
    found = found.flatMap((folder) =>
      files
        .list(folder)
        .filter((name) => matches(segment, name))
        .map((name) => join(folder, name)),
    );
  }
  return found.sort();
}

/** With at most one `*` and one `?` a regular expression takes linear time. */
function matches(segment: string, name: string): boolean {
  if (name.startsWith('.') && !segment.startsWith('.')) return false;
  const escaped = segment.replace(/[\\^$.+|(){}[\]]/g, '\\$&');
  return new RegExp(`^${escaped.replace('*', '.*').replace('?', '.')}$`, 's').test(name);
}
