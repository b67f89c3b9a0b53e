import type { Line } from '../corefile/parse.ts';
import { quoted, whole } from '../corefile/problems.ts';
import { isReverseZone } from '../corefile/zone-name.ts';
import { textOf } from '../dns/name.ts';
import { LOCAL_ZONES } from '../plugins/local/zones.ts';
import { pluginsWith } from '../plugins/order.ts';
import { OFF, type Reading } from './option-readers.ts';

/** Changes the directives of a server block of the built-in Corefile. */
export type CorefileEdit = (lines: readonly Line[]) => readonly Line[];

/** Upstreams in the place of those after `forward .`; `off`: no forwarding. */
export function forwardTo(upstreams: readonly string[], from: string): Reading<CorefileEdit> {
  if (upstreams.length === 1 && upstreams[0] === OFF) return { value: withoutForwarding };
  if (upstreams.length === 0 || upstreams.includes(OFF)) {
    return {
      fault: `Cannot forward to ${quoted(upstreams.join(','))}: expected upstreams, as in 10.0.0.2 or /etc/resolv.conf, or off alone`,
    };
  }
  return { value: (lines) => to(lines, upstreams, from) };
}

/**
 * Nothing is forwarded then: reverse names that `kubernetes` does not have do not exist, but for
 * this machine's.
 */
function withoutForwarding(lines: readonly Line[]): Line[] {
  const forwarding = pluginsWith('isForForwarding');
  return lines
    .filter(({ name }) => !forwarding.has(name))
    .map((line) => ({ ...line, block: line.block?.map(toThisMachine) }));
}

function toThisMachine(option: Line): Line {
  if (option.name !== 'fallthrough') return option;
  const { origin } = option;
  const zones = LOCAL_ZONES.map((zone) => textOf(zone).slice(0, -1)).filter(isReverseZone);
  return { ...option, args: zones.map((text) => ({ text, origin })) };
}

function to(lines: readonly Line[], upstreams: readonly string[], from: string): Line[] {
  const words = upstreams.map((text) => ({ text, origin: whole(from) }));
  return lines.map((line) =>
    line.name === 'forward' ? { ...line, args: [...line.args.slice(0, 1), ...words] } : line,
  );
}
