import { isIP } from 'node:net';
import { directivesNamed, type Line, type ServerBlock, type Word } from '../corefile/parse.ts';
import { quoted } from '../corefile/problems.ts';
import { isInZone, isReverseZone, zonesOfWord } from '../corefile/zone-name.ts';
import { textOf } from '../dns/name.ts';
import type { Origin } from '../kube/objects.ts';
import { plugin as forwardPlugin } from '../plugins/forward/setup.ts';
import { plugin as hostsPlugin } from '../plugins/hosts/setup.ts';
import { plugin as kubernetesPlugin } from '../plugins/kubernetes/index.ts';
import { LOCAL_ZONES } from '../plugins/local/zones.ts';
import { plugin as logPlugin } from '../plugins/log/setup.ts';
import { plugin as multisocketPlugin } from '../plugins/multisocket/setup.ts';
import { pluginsWith } from '../plugins/order.ts';
import { OFF, type Reading, readSwitch, zoneFaults } from './option-readers.ts';

/** What an option says, in the words of a Corefile. Nothing is changed where it already says so. */
export interface CorefileEdit {
  /** Which server blocks it is about, for a message: "a server block with kubernetes". */
  readonly place: string;
  isAbout(block: ServerBlock): boolean;
  /** The line of a user's Corefile that says something else. */
  rival(block: ServerBlock): Line | undefined;
  /** The directives of the block, with what the option says. */
  apply(block: ServerBlock): readonly Line[];
}

/** Makes an edit of the text of an option; `origin` is the option's. */
export type EditOf<T> = (value: T, origin: Origin) => Reading<CorefileEdit>;

const KUBERNETES = {
  place: 'a server block with kubernetes',
  isAbout: (block: ServerBlock) => directivesNamed(block, kubernetesPlugin.directive).length > 0,
};

/**
 * The option of this name in `kubernetes`, with the words that `wordsOf` makes of the text. What
 * they mean is for the plugin to say.
 */
export function kubernetesOption<T>(
  name: string,
  wordsOf: (value: T) => Reading<readonly string[]>,
): EditOf<T> {
  return (value, origin) => {
    const words = wordsOf(value);
    if ('fault' in words) return words;
    const line = lineOf([name, ...words.value], origin);
    const edit: CorefileEdit = {
      ...KUBERNETES,
      rival: (block) =>
        optionsNamed(block, name).find((option) => lineText(option) !== lineText(line)),
      apply: (block) =>
        onFirst(block, kubernetesPlugin.directive, (directive) => ({
          ...directive,
          block: [...(directive.block ?? []).filter((option) => option.name !== name), line],
        })),
    };
    return { value: edit };
  };
}

/** The option of this name in `kubernetes`, which has no words; `off`: none. */
export function kubernetesSwitch(name: string): EditOf<string> {
  return (text, origin) => {
    const isOn = readSwitch(text);
    if ('fault' in isOn) return isOn;
    if (isOn.value) return kubernetesOption(name, () => ({ value: [] }))(text, origin);
    const rival = (block: ServerBlock) => optionsNamed(block, name)[0];
    return { value: { ...KUBERNETES, rival, apply: ({ directives }) => directives } };
  };
}

/** The options of this name in `kubernetes`. */
function optionsNamed(block: ServerBlock, name: string): Line[] {
  return directivesNamed(block, kubernetesPlugin.directive)
    .flatMap((directive) => directive.block ?? [])
    .filter((option) => option.name === name);
}

/**
 * The zones of `kubernetes`. Reverse zones stay as they are when none are given: who names another
 * cluster domain still looks up addresses.
 */
export function kubernetesZones(texts: readonly string[], origin: Origin): Reading<CorefileEdit> {
  const faults = zoneFaults(texts);
  if (faults[0] !== undefined) return { fault: faults[0] };
  const given = texts.flatMap(zonesOfWord);
  const hasReverse = given.some(isReverseZone);
  if (given.every(isReverseZone)) {
    return { fault: `Cannot serve ${quoted(texts.join(','))} alone: expected a cluster domain` };
  }
  const concerned = (zones: readonly string[]) =>
    zones.filter((zone) => hasReverse || !isReverseZone(zone));
  const written = ({ args }: Line) => args.flatMap(({ text }) => zonesOfWord(text));
  const edit: CorefileEdit = {
    ...KUBERNETES,
    rival: (block) =>
      directivesNamed(block, kubernetesPlugin.directive).find((line) => {
        // Without zones the line has those of the block.
        const zones = line.args.length > 0 ? written(line) : block.keys.map(({ zone }) => zone);
        const isOpen = line.args.length === 0 && zones.every((zone) => zone === '');
        return !isOpen && sorted(concerned(zones)) !== sorted(given);
      }),
    apply: (block) =>
      onFirst(block, kubernetesPlugin.directive, (line) => {
        const kept = line.args.length > 0 ? written(line) : ['in-addr.arpa', 'ip6.arpa'];
        const zones = hasReverse ? given : [...given, ...kept.filter(isReverseZone)];
        return { ...line, args: zones.map((text) => ({ text, origin })) };
      }),
  };
  return { value: edit };
}

/** A directive of its own beside `kubernetes`, with the zones as its arguments. */
export function besideKubernetes(name: string): EditOf<readonly string[]> {
  return (texts, origin) => {
    const [fault] = zoneFaults(texts);
    return fault === undefined
      ? { value: { ...KUBERNETES, ...addition(lineOf([name, ...texts], origin)) } }
      : { fault };
  };
}

/** A line for each query; `off`: none. */
export function logQueries(text: string, origin: Origin): Reading<CorefileEdit> {
  const isOn = readSwitch(text);
  if ('fault' in isOn) return isOn;
  const anywhere = { place: 'a server block', isAbout: () => true };
  if (isOn.value)
    return { value: { ...anywhere, ...addition(lineOf([logPlugin.directive], origin)) } };
  const rival = (block: ServerBlock) => directivesNamed(block, logPlugin.directive)[0];
  return { value: { ...anywhere, rival, apply: ({ directives }) => directives } };
}

/** More threads answer no more, and each costs memory. */
const MAX_THREADS = 64;

/** So many threads, with a socket each at every address: `multisocket` in all server blocks. */
export function threadsOnAll(text: string, origin: Origin): Reading<CorefileEdit> {
  const threads = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (threads < 1 || threads > MAX_THREADS) {
    return { fault: `Cannot use ${quoted(text)} threads: expected 1 to ${MAX_THREADS}` };
  }
  const line = lineOf([multisocketPlugin.directive, `${threads}`], origin);
  return { value: { place: 'a server block', isAbout: () => true, ...addition(line) } };
}

/** Adds the line to blocks that have none of the name; any other of the name is a rival. */
function addition(line: Line): Pick<CorefileEdit, 'rival' | 'apply'> {
  return {
    rival: (block) =>
      directivesNamed(block, line.name).find((one) => lineText(one) !== lineText(line)),
    apply: (block) =>
      directivesNamed(block, line.name).length > 0 ? block.directives : [...block.directives, line],
  };
}

/** Seconds. As the names of the cluster: with another address, clients should soon have it. */
const HOST_TTL = '5';

/** `NAME=IP` each: names of one's own, which come before those of the cluster. */
export function ownHosts(texts: readonly string[], origin: Origin): Reading<CorefileEdit> {
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
      directivesNamed(block, hostsPlugin.directive)
        .flatMap((line) => line.block ?? [])
        .find((line) => isOtherAddress(line, hosts)),
    apply: (block) => {
      const [existing] = directivesNamed(block, hostsPlugin.directive);
      const lines = linesFor(block);
      if (existing !== undefined) {
        const withLines = { ...existing, block: [...(existing.block ?? []), ...lines] };
        return block.directives.map((line) => (line === existing ? withLines : line));
      }
      const options = [lineOf(['ttl', HOST_TTL], origin), lineOf(['fallthrough'], origin)];
      // No file: only the names that were given.
      const line = lineOf([hostsPlugin.directive, '/dev/null'], origin);
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

/** Upstreams in the place of those after `forward .`; `off`: no forwarding. */
export function forwardTo(upstreams: readonly string[], origin: Origin): Reading<CorefileEdit> {
  if (upstreams.length === 1 && upstreams[0] === OFF) return { value: NO_FORWARDING };
  if (upstreams.length === 0 || upstreams.includes(OFF)) {
    return {
      fault: `Cannot forward to ${quoted(upstreams.join(','))}: expected upstreams, as in 10.0.0.2 or /etc/resolv.conf, or off alone`,
    };
  }
  const line = lineOf([forwardPlugin.directive, '.', ...upstreams], origin);
  const isForAll = ({ name, args }: Line) =>
    name === forwardPlugin.directive && args[0]?.text === '.';
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
  place: 'a server block',
  isAbout: () => true,
  rival: (block) => directivesNamed(block, forwardPlugin.directive)[0],
  apply: ({ directives }) => {
    const forwarding = pluginsWith('isForForwarding');
    // A Corefile that forwards nothing has been written for that.
    if (!directives.some(({ name }) => name === forwardPlugin.directive)) return directives;
    return directives
      .filter(({ name }) => !forwarding.has(name))
      .map((line) => ({ ...line, block: line.block?.map(toThisMachine) }));
  },
};

function toThisMachine(option: Line): Line {
  if (option.name !== 'fallthrough') return option;
  const { origin } = option;
  const zones = LOCAL_ZONES.map((zone) => textOf(zone).slice(0, -1)).filter(isReverseZone);
  return { ...option, args: zones.map((text) => ({ text, origin })) };
}

function onFirst(block: ServerBlock, name: string, change: (line: Line) => Line): Line[] {
  const [first] = directivesNamed(block, name);
  return block.directives.map((line) => (line === first ? change(line) : line));
}

function lineOf([name = '', ...words]: readonly string[], origin: Origin): Line {
  const args: Word[] = words.map((text) => ({ text, origin }));
  return { name, args, block: undefined, origin };
}

/** A line as it is written, for a message; of its block no more than that it has one. */
export function lineText({ name, args, block }: Line): string {
  const text = [name, ...args.map((word) => word.text)].join(' ');
  return block === undefined || block.length === 0 ? text : `${text} {`;
}

function sorted(zones: readonly string[]): string {
  return [...new Set(zones)].sort().join(' ');
}
