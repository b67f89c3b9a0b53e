/** One requirement of a `LabelSelector` (apimachinery, meta/v1). */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A LabelSelector as the text that `parseSelector` reads: `app in (web),!old`. */
export function selectorText(requirements: readonly SelectorRequirement[]): string {
  return requirements.map(requirementText).join(',');
}

function requirementText({ key, operator, values }: SelectorRequirement): string {
  // The empty value can be compared with, but `in ()` is no set.
  const [value = ''] = values;
  if (values.length === 1 && operator === 'In') return `${key}=${value}`;
  if (values.length === 1 && operator === 'NotIn') return `${key}!=${value}`;
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
