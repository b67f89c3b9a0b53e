const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3, // Go takes both the micro sign and the Greek letter
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * A duration as Go writes it (`5s`, `1m30s`, `1.5h`, `0`), in milliseconds; undefined when the text
 * is none. Negative ones, which Go has, are refused: no option can use them.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text) || text.length > 40) {
    return undefined;
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    total += Number(amount) * MILLISECONDS[unit ?? '']!;
  }
  return total;
}
