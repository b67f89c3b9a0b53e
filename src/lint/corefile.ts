import type { Settings } from '../config/settings.ts';

/** A Corefile that somebody wrote, and what it came to. */
export type LintedCorefile = Pick<Settings, 'blocks'>;
