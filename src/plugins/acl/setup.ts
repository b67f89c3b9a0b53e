import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { typeCode } from '../../dns/codes.ts';
import { type Network, NetworkSet, parseNetwork } from '../../dns/network.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive } from '../directive.ts';
import { ACL_METRICS, Acl, type AclAction, type AclPolicy, type AclRule } from './index.ts';

const ACTIONS = ['allow', 'block', 'filter', 'drop'] as const;
const FORM = '[type TYPE...] [net NETWORK...]';
const SECTIONS = ['type', 'net'] as const;

type Section = (typeof SECTIONS)[number];

/** Reads `acl [ZONES...] { ACTION [type TYPE...] [net NETWORK...] }`. */
export const plugin = {
  directive: 'acl',
  options: Object.fromEntries(ACTIONS.map((action) => [action, FORM])),
  metrics: ACL_METRICS,
  clusterAnswers: (acl) => acl,
  setup(lines, context, problems) {
    const directive = new Directive('acl', problems);
    const zones = blockZones(context);
    const rules = lines.map(
      (line): AclRule => ({
        zones: directive.zones(line.args, zones),
        policies: (line.block ?? []).flatMap((option) => readPolicy(option, directive)),
      }),
    );
    return directive.failed ? undefined : new Acl(rules, context);
  },
} satisfies PluginDeclaration<Acl>;

function readPolicy(line: Line, directive: Directive): AclPolicy[] {
  const action = ACTIONS.find((known): known is AclAction => known === line.name.toLowerCase());
  if (action === undefined) {
    const near = didYouMean(line.name, ACTIONS);
    const expected = "expect 'allow', 'block', 'filter' or 'drop'";
    directive.error(`unexpected token ${quoted(line.name)}; ${expected}${near}`, line.origin);
    return [];
  }
  if (!directive.hasNoBlock(line)) return [];
  const types = new Set<number>();
  const networks: Network[] = [];
  const whole = new Set<Section>(); // sections that say `*`
  for (const { section, words, word } of sections(line, directive)) {
    if (words.length === 0) {
      directive.error(`no token specified in "${section}" section`, word.origin);
    }
    for (const { text, origin } of words) {
      if (text === '*') whole.add(section);
      else if (section === 'type') readType(text, origin, types, directive);
      else readNetwork(text, origin, networks, directive);
    }
  }
  return [
    {
      action,
      types: whole.has('type') || types.size === 0 ? undefined : types,
      networks: whole.has('net') || networks.length === 0 ? undefined : new NetworkSet(networks),
    },
  ];
}

interface SectionWords {
  readonly section: Section;
  readonly word: Word;
  readonly words: Word[];
}

/** The arguments of a policy, cut before each `type` and `net`. */
function sections(line: Line, directive: Directive): SectionWords[] {
  const found: SectionWords[] = [];
  for (const word of line.args) {
    const section = SECTIONS.find((known) => known === word.text.toLowerCase());
    if (section !== undefined) {
      found.push({ section, word, words: [] });
      continue;
    }
    const last = found.at(-1);
    if (last !== undefined) {
      last.words.push(word);
      continue;
    }
    const message = `unexpected token ${quoted(word.text)}; expect 'type | net'`;
    directive.error(`${message}${didYouMean(word.text, SECTIONS)}`, word.origin);
    return [];
  }
  return found;
}

function readType(
  text: string,
  origin: Word['origin'],
  types: Set<number>,
  directive: Directive,
): void {
  const type = typeCode(text);
  if (type !== undefined) types.add(type);
  else {
    const message = `unexpected token ${quoted(text)}; expect legal QTYPE, as in AAAA or TYPE59`;
    directive.error(message, origin);
  }
}

function readNetwork(
  text: string,
  origin: Word['origin'],
  networks: Network[],
  directive: Directive,
): void {
  const network = parseNetwork(text);
  if (network !== undefined) networks.push(network);
  else {
    const message = `illegal CIDR notation ${quoted(text)}: expected an address or a network, as in 10.0.0.0/8`;
    directive.error(message, origin);
  }
}
