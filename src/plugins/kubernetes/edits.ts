import { directivesNamed, type Line, type ServerBlock } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { isReverseZone, zonesFromText, zonesOfWord } from '../../corefile/zone-name.ts';
import type { Origin } from '../../kube/objects.ts';
import { type CorefileEdit, type EditOf, type Reading, readSwitch } from '../flag.ts';
import { addition, lineOf, lineText, onFirst } from '../line-edits.ts';
import { KUBERNETES } from './metrics.ts';

const BESIDE = {
  place: `a server block with ${KUBERNETES}`,
  isAbout: (block: ServerBlock) => directivesNamed(block, KUBERNETES).length > 0,
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
      ...BESIDE,
      rival: (block) =>
        optionsNamed(block, name).find((option) => lineText(option) !== lineText(line)),
      apply: (block) =>
        onFirst(block, KUBERNETES, (directive) => ({
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
    return { value: { ...BESIDE, rival, apply: ({ directives }) => directives } };
  };
}

/** The options of this name in `kubernetes`. */
function optionsNamed(block: ServerBlock, name: string): Line[] {
  return directivesNamed(block, KUBERNETES)
    .flatMap((directive) => directive.block ?? [])
    .filter((option) => option.name === name);
}

/**
 * The zones of `kubernetes`. Reverse zones stay as they are when none are given: who names another
 * cluster domain still looks up addresses.
 */
export function kubernetesZones(texts: readonly string[], origin: Origin): Reading<CorefileEdit> {
  const fault = zoneFault(texts);
  if (fault !== undefined) return { fault };
  const given = texts.flatMap(zonesOfWord);
  const hasReverse = given.some(isReverseZone);
  if (given.every(isReverseZone)) {
    return { fault: `Cannot serve ${quoted(texts.join(','))} alone: expected a cluster domain` };
  }
  const concerned = (zones: readonly string[]) =>
    zones.filter((zone) => hasReverse || !isReverseZone(zone));
  const written = ({ args }: Line) => args.flatMap(({ text }) => zonesOfWord(text));
  const edit: CorefileEdit = {
    ...BESIDE,
    rival: (block) =>
      directivesNamed(block, KUBERNETES).find((line) => {
        // Without zones the line has those of the block.
        const zones = line.args.length > 0 ? written(line) : block.keys.map(({ zone }) => zone);
        const isOpen = line.args.length === 0 && zones.every((zone) => zone === '');
        return !isOpen && sorted(concerned(zones)) !== sorted(given);
      }),
    apply: (block) =>
      onFirst(block, KUBERNETES, (line) => {
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
    const fault = zoneFault(texts);
    return fault === undefined
      ? { value: { ...BESIDE, ...addition(lineOf([name, ...texts], origin)) } }
      : { fault };
  };
}

function zoneFault(zones: readonly string[]): string | undefined {
  if (zones.length === 0) return 'Cannot serve no zone: expected one';
  const readings = zones.map(zonesFromText);
  return readings.find((reading) => 'fault' in reading)?.fault;
}

function sorted(zones: readonly string[]): string {
  return [...new Set(zones)].sort().join(' ');
}
