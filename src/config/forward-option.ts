import type { Line, ServerBlock } from '../corefile/parse.ts';
import { type ProblemList, quoted, whole } from '../corefile/problems.ts';
import { isReverseZone } from '../corefile/zone-name.ts';
import { textOf } from '../dns/name.ts';
import { LOCAL_ZONES } from '../plugins/local/zones.ts';
import { PLUGINS } from '../plugins/order.ts';
import type { CorefileText } from './corefile-text.ts';
import type { GivenOptions } from './given-options.ts';
import { OFF } from './options.ts';

const FOR_FORWARDING: ReadonlySet<string> = new Set(
  PLUGINS.filter(({ isForForwarding }) => isForForwarding).map(({ directive }) => directive),
);

/**
 * The blocks of the built-in Corefile with the upstreams that were given, or with none; those of
 * another Corefile as they are.
 */
export function withForwardOption(
  blocks: readonly ServerBlock[],
  source: CorefileText,
  { forward }: GivenOptions,
  problems: ProblemList,
): readonly ServerBlock[] {
  if (forward === undefined) return blocks;
  const { value, from, isFlag } = forward;
  if (!source.isBuiltIn) {
    const message = `Ignored ${from}: the Corefile ${source.file} says what is forwarded: expected 'forward . ${value.join(' ')}' in it`;
    // As with SVCDNS_LISTEN: a variable may have been set for those who bring no Corefile.
    if (isFlag) problems.warning('CONFIG_FORWARD', message, whole(from));
    else problems.hint('CONFIG_FORWARD', message, whole(from));
    return blocks;
  }
  const isOff = value.length === 1 && value[0] === OFF;
  if (!isOff && (value.length === 0 || value.includes(OFF))) {
    const message = `Cannot forward to ${quoted(value.join(','))}: expected upstreams, as in 10.0.0.2 or /etc/resolv.conf, or off alone`;
    problems.error('CONFIG_FORWARD', message, whole(from));
    return blocks;
  }
  const change = isOff ? withoutForwarding : (lines: readonly Line[]) => to(lines, value, from);
  return blocks.map((block) => ({ ...block, directives: change(block.directives) }));
}

/**
 * Nothing is forwarded then: reverse names that `kubernetes` does not have do not exist, but for
 * this machine's.
 */
function withoutForwarding(lines: readonly Line[]): Line[] {
  return lines
    .filter(({ name }) => !FOR_FORWARDING.has(name))
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
