import { resolve } from 'node:path';
import { loadOnce } from '../../src/control/load-once.ts';
import type { Problem } from '../../src/kube/problem.ts';
import { ReadFacts } from '../../src/lint/facts.ts';
import { lintObjects } from '../../src/lint/lint.ts';
import type { LintedObjects } from '../../src/lint/rule.ts';
import { ZONE_DEFAULTS, type ZoneOptions } from '../../src/zone/options.ts';
import { folderWith } from '../cli/folder.ts';

type Loaded = Omit<LintedObjects, 'services'>;

/** Manifests at a path, read as `check` reads them. */
export async function loadedFrom(path: string, more: Partial<ZoneOptions> = {}): Promise<Loaded> {
  const zones = ['cluster.local', 'in-addr.arpa', 'ip6.arpa'];
  const zone: ZoneOptions = { zones, ...ZONE_DEFAULTS, ...more };
  const facts = new ReadFacts();
  const { objects, live } = await loadOnce({ manifests: [path], zone }, [], undefined, facts);
  return { ...objects(), live, zone, facts };
}

/** The same for manifests of one file. */
export function loadedText(manifests: string, more: Partial<ZoneOptions> = {}): Promise<Loaded> {
  return loadedFrom(resolve(folderWith({ 'all.yaml': manifests }), 'all.yaml'), more);
}

/** `LINE:COLUMN severity CODE message` of each finding in manifests. */
export async function findings(
  manifests: string,
  more: Partial<ZoneOptions> = {},
): Promise<string[]> {
  return lintObjects(await loadedText(manifests, more)).map(findingText);
}

function findingText({ severity, code, message, origin }: Problem): string {
  return `${origin.line}:${origin.column} ${severity} ${code} ${message}`;
}
