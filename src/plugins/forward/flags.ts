import { directivesNamed, type Line } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { isReverseZone } from '../../corefile/zone-name.ts';
import { textOf } from '../../dns/name.ts';
import type { Origin } from '../../kube/objects.ts';
import { type CorefileEdit, type Flag, OFF, type Reading } from '../flag.ts';
import { ANYWHERE, lineOf, lineText } from '../line-edits.ts';
import { LOCAL_ZONES } from '../local/zones.ts';

export const NAME = 'forward';

/** Options of the command line that stand for lines of `forward`. */
export const FORWARD_FLAGS = {
  /**
   * Upstreams that the default configuration forwards to instead of /etc/resolv.conf, as behind
   * `forward .`; or `off`.
   */
  forward: {
    flag: '--forward',
    argument: 'SERVER',
    help: [
      'where names outside the zones are sent: an address, or a file like',
      '/etc/resolv.conf, the default; may be given more than once; off',
      'refuses them. Beside a Corefile, where that has no forward line',
    ],
    variable: 'SVCDNS_FORWARD',
    variableHelp: "servers for names outside the zones, with ',' between several, or off",
    separator: ',',
    code: 'CONFIG_FORWARD',
    elsewhere: ['upstream', 'upstreams', 'nameserver'],
    edit: forwardTo,
  },
} as const satisfies Record<string, Flag>;

/** Upstreams in the place of those after `forward .`; `off`: no forwarding. */
function forwardTo(upstreams: readonly string[], origin: Origin): Reading<CorefileEdit> {
  if (upstreams.length === 1 && upstreams[0] === OFF) return { value: NO_FORWARDING };
  if (upstreams.length === 0 || upstreams.includes(OFF)) {
    return {
      fault: `Cannot forward to ${quoted(upstreams.join(','))}: expected upstreams, as in 10.0.0.2 or /etc/resolv.conf, or off alone`,
    };
  }
  const line = lineOf([NAME, '.', ...upstreams], origin);
  const isForAll = ({ name, args }: Line) => name === NAME && args[0]?.text === '.';
  // Whatever options its block has.
  const isSame = (one: Line) => lineText({ ...one, block: undefined }) === lineText(line);
  const edit: CorefileEdit = {
    place: 'a server block for all names, as in .:53 {',
    isAbout: ({ keys }) => keys.some(({ zone }) => zone === ''),
    rival: ({ directives }) => directives.find((one) => isForAll(one) && !isSame(one)),
    apply: ({ directives }) =>
      directives.some(isForAll)
        ? directives.map((one) => (isForAll(one) ? { ...one, args: line.args } : one))
        : [...directives, line],
  };
  return { value: edit };
}

/**
 * Nothing is forwarded then: reverse names that `kubernetes` does not have do not exist, but for
 * this machine's.
 */
const NO_FORWARDING: CorefileEdit = {
  ...ANYWHERE,
  rival: (block) => directivesNamed(block, NAME)[0],
  apply: ({ directives }, forForwarding) => {
    // A Corefile that forwards nothing has been written for that.
    if (!directives.some(({ name }) => name === NAME)) return directives;
    return directives
      .filter(({ name }) => !forForwarding.has(name))
      .map((line) => ({ ...line, block: line.block?.map(toThisMachine) }));
  },
};

function toThisMachine(option: Line): Line {
  if (option.name !== 'fallthrough') return option;
  const { origin } = option;
  const zones = LOCAL_ZONES.map((zone) => textOf(zone).slice(0, -1)).filter(isReverseZone);
  return { ...option, args: zones.map((text) => ({ text, origin })) };
}
