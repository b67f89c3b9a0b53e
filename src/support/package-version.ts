import { readFileSync } from 'node:fs';

/** The version of this package. */
export function packageVersion(): string {
  // Two folders up from src/support, and from dist/support.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
