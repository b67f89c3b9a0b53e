import type { MetricSpec } from './metric-spec.ts';
import type { Labels } from './series.ts';

/** The labels in the catalogue's order, with a value outside its closed set replaced by `other`. */
export function closedLabels(name: string, spec: MetricSpec, given: Labels): Labels {
  const wanted = Object.keys(spec.labels);
  const unknown = Object.keys(given).find((label) => !wanted.includes(label));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot count in ${name}: it has no label "${unknown}"`);
  }
  return Object.fromEntries(
    Object.entries(spec.labels).map(([label, allowed]) => {
      const value = given[label];
      if (value === undefined) {
        throw new TypeError(`Cannot count in ${name}: label "${label}" is missing`);
      }
      return [label, allowed === 'configured' || allowed.includes(value) ? value : 'other'];
    }),
  );
}
