import { isIP } from 'node:net';
import { directivesNamed, type Line, type ServerBlock } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { isInZone } from '../../corefile/zone-name.ts';
import type { Origin } from '../../kube/objects.ts';
import type { CorefileEdit, Flag, Reading } from '../flag.ts';
import { lineOf } from '../line-edits.ts';

export const NAME = 'hosts';

/** Stands for no file: only the lines of the block. */
export const NO_FILE = '/dev/null';

/** Options of the command line that stand for lines of `hosts`. */
export const HOSTS_FLAGS = {
  /** Names of one's own, before those of the cluster. */
  host: {
    flag: '--host',
    argument: 'NAME=IP',
    help: ['a name of your own, before all others; may be given more than once'],
    variable: 'SVCDNS_HOST',
    variableHelp: "names of your own as NAME=IP, with ',' between several",
    separator: ',',
    code: 'CONFIG_HOST',
    edit: ownHosts,
  },
} as const satisfies Record<string, Flag>;

/** Seconds. As the names of the cluster: with another address, clients should soon have it. */
const HOST_TTL = '5';

/** `NAME=IP` each: names of one's own, which come before those of the cluster. */
function ownHosts(texts: readonly string[], origin: Origin): Reading<CorefileEdit> {
  const hosts = texts.map((text) => {
    const [name = '', address = '', ...rest] = text.split('=');
    return { name: name.toLowerCase().replace(/\.$/, ''), address, rest, text };
  });
  const wrong = hosts.find(
    ({ name, address, rest }) => name === '' || isIP(address) === 0 || rest.length > 0,
  );
  if (texts.length === 0 || wrong !== undefined) {
    return {
      fault: `Cannot use ${quoted(wrong?.text ?? '')}: expected NAME=IP, as in registry.example.com=192.0.2.7`,
    };
  }
  const isOf = ({ keys }: ServerBlock, name: string) =>
    keys.some(({ zone }) => isInZone(name, zone));
  const linesFor = (block: ServerBlock) =>
    hosts
      .filter(({ name }) => isOf(block, name))
      .map(({ name, address }) => lineOf([address, name], origin));
  const edit: CorefileEdit = {
    place: 'a server block for these names',
    isAbout: (block) => hosts.some(({ name }) => isOf(block, name)),
    rival: (block) =>
      directivesNamed(block, NAME)
        .flatMap((line) => line.block ?? [])
        .find((line) => isOtherAddress(line, hosts)),
    apply: (block) => {
      const [existing] = directivesNamed(block, NAME);
      const lines = linesFor(block);
      if (existing !== undefined) {
        const withLines = { ...existing, block: [...(existing.block ?? []), ...lines] };
        return block.directives.map((line) => (line === existing ? withLines : line));
      }
      const options = [lineOf(['ttl', HOST_TTL], origin), lineOf(['fallthrough'], origin)];
      const line = lineOf([NAME, NO_FILE], origin);
      return [...block.directives, { ...line, block: [...lines, ...options] }];
    },
  };
  return { value: edit };
}

/** Is this a line of `hosts` that gives one of these names an address that was not given for it? */
function isOtherAddress(
  { name: address, args }: Line,
  hosts: readonly { readonly name: string; readonly address: string }[],
): boolean {
  if (isIP(address) === 0) return false;
  return args.some(({ text }) => {
    const same = hosts.filter(({ name }) => name === text.toLowerCase().replace(/\.$/, ''));
    return same.length > 0 && !same.some((host) => host.address === address);
  });
}
