/** CoreDNS has no other levels. */
const LEVELS: ReadonlyMap<unknown, string> = new Map([
  ['trace', 'DEBUG'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['warn', 'WARNING'],
  ['error', 'ERROR'],
  ['fatal', 'FATAL'],
]);

/**
 * A line of the JSON log as CoreDNS writes its log: `[INFO] Reloading complete`, then the fields as
 * `name=value`. One line whatever is in it: control characters are escaped. Of the plugins
 * `saidInFull` the message has all that the fields say.
 */
export function textLine(json: string, saidInFull: ReadonlySet<unknown> = new Set()): string {
  const { level, time: _, msg, plugin, ...fields } = JSON.parse(json) as Record<string, unknown>;
  if (fields['leftOut'] === 0) delete fields['leftOut'];
  const words = saidInFull.has(plugin) ? leftOut(fields) : { ...named(plugin), ...fields };
  const shown = Object.entries(words).map(([name, value]) => `${name}=${valueText(value)}`);
  const text = [msg ?? '', ...shown].join(' ');
  return `[${LEVELS.get(level) ?? 'INFO'}] ${oneLine(text)}\n`;
}

function named(plugin: unknown): Record<string, unknown> {
  return plugin === undefined ? {} : { plugin };
}

/** How many similar lines were not written, which no message says. */
function leftOut(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const count = fields['leftOut'];
  return count === undefined ? {} : { leftOut: count };
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:@%+,-]+$/.test(value)) return value;
  // An error, as the JSON log has it.
  const stack =
    typeof value === 'object' ? (value as { stack?: unknown } | null)?.stack : undefined;
  return JSON.stringify(stack ?? value);
}

/**
 * Makes control characters visible (C0, DEL, C1, and the two line ends of Unicode), so that text
 * from elsewhere stays on its line.
 */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
