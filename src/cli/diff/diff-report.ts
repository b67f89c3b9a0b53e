import { changeText, placesOf } from '../../control/history/record-change.ts';
import type { Provenance } from '../../control/provenance.ts';
import type { Origin } from '../../kube/objects.ts';
import { jsonRecord } from '../names/zone-file.ts';
import { visibleText } from '../report/problem-text.ts';
import type { OneSided } from './records.ts';
import type { Side } from './sides.ts';

const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const PLAIN = '\u001b[39m';

/** A line for each record, in colours on a terminal. */
export function diffLines(
  found: readonly OneSided[],
  sides: readonly Side[],
  hasColours: boolean,
): string {
  return found
    .map((one) => {
      const provenance = shownProvenance(one, sides);
      const origins = provenance === undefined ? [] : originsOf(provenance);
      const { sign, text } = one;
      const line = visibleText(changeText({ sign, record: text, places: placesOf(origins) }));
      return hasColours ? `${sign === '-' ? RED : GREEN}${line}${PLAIN}\n` : `${line}\n`;
    })
    .join('');
}

function originsOf({ named, from }: Provenance): Origin[] {
  return [...(named === undefined ? [] : [named]), ...from].map(({ origin }) => origin);
}

/** An array with an object for each record. */
export function diffJson(found: readonly OneSided[], sides: readonly Side[]): string {
  const records = found.map((one) => {
    const provenance = shownProvenance(one, sides) ?? UNKNOWN;
    const change = one.sign === '-' ? 'removed' : 'added';
    return { change, ...jsonRecord({ record: one.record, provenance }) };
  });
  return `${JSON.stringify(records, undefined, 2)}\n`;
}

/** Of a server's record. */
const UNKNOWN: Provenance = {
  named: undefined,
  by: 'server',
  from: [],
  nodePorts: [],
  external: [],
};

/** With files as they are called, and not as where they were read. */
function shownProvenance(
  { sign, provenance }: OneSided,
  [left, right]: readonly Side[],
): Provenance | undefined {
  const side = sign === '-' ? left : right;
  const found = provenance();
  if (found === undefined || side?.kind !== 'files') return found;
  const place = <T extends { readonly origin: Origin }>(one: T): T => ({
    ...one,
    origin: { ...one.origin, file: side.shown(one.origin.file) },
  });
  const { named, from } = found;
  return { ...found, named: named && place(named), from: from.map(place) };
}
