/**
 * The options in the block of a directive, each with the words that stand behind it, as its README
 * shows them: `CAPACITY [TTL]`, `success|denial`, `[ZONES...]`. Behind `[...]` are words that
 * CoreDNS takes there and that mean nothing.
 */
export type OptionForms = Readonly<Record<string, string>>;

interface Count {
  readonly least: number;
  readonly most: number;
}

/** How many words a form has. */
export function wordCount(form: string): Count {
  return countTo('', form.match(/[[\]]|[^\s[\]]+/g) ?? []);
}

/** Counts the words before `end`, and takes them away. */
function countTo(end: string, tokens: string[]): Count {
  const ways: Count[] = [];
  let least = 0;
  let most = 0;
  for (let token = tokens.shift(); token !== undefined && token !== end; token = tokens.shift()) {
    if (token === '|') {
      ways.push({ least, most });
      least = 0;
      most = 0;
    } else if (token === '[') {
      most += countTo(']', tokens).most;
    } else {
      least++;
      most += token.endsWith('...') ? Number.POSITIVE_INFINITY : 1;
    }
  }
  ways.push({ least, most });
  return {
    least: Math.min(...ways.map((way) => way.least)),
    most: Math.max(...ways.map((way) => way.most)),
  };
}
