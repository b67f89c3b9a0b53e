import type { Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { EdnsOption } from '../../dns/codes.ts';
import { clientSubnet, EDNS_VARIABLES } from './edns-data.ts';
import { EDNS_ACTIONS, type EdnsAction, type EdnsRuleOptions, ednsRule } from './edns-rule.ts';
import type { Rule, RuleWords } from './rule.ts';

const OPTION_TYPES = ['local', 'nsid', 'subnet'];

/** An option of this size fills a third of a UDP message. */
const MAX_DATA_BYTES = 400;

type OptionData = Pick<EdnsRuleOptions, 'code' | 'data'>;

/** Reads `edns0 local|nsid|subnet set|append|replace|unset … [revert]`. */
export function readEdnsRule(words: RuleWords): Rule | undefined {
  const { kind, args, directive, continues } = words;
  const [type, actionWord, ...all] = args;
  if (type === undefined || actionWord === undefined) {
    directive.error('too few arguments for an EDNS0 rule', kind.origin);
    return undefined;
  }
  const action = EDNS_ACTIONS.find((known) => known === actionWord.text.toLowerCase());
  if (action === undefined) {
    const near =
      didYouMean(actionWord.text, EDNS_ACTIONS) || `: expected ${EDNS_ACTIONS.join(', ')}`;
    directive.error(`invalid action: ${quoted(actionWord.text)}${near}`, actionWord.origin);
    return undefined;
  }
  const reverts = all.at(-1)?.text.toLowerCase() === 'revert';
  const rest = reverts ? all.slice(0, -1) : all;
  const option = readOption(type, action, rest, words);
  return option && ednsRule({ continues, action, reverts, ...option });
}

function readOption(
  type: Word,
  action: EdnsAction,
  args: readonly Word[],
  words: RuleWords,
): OptionData | undefined {
  switch (type.text.toLowerCase()) {
    case 'local':
      return readLocal(type, action, args, words);
    case 'nsid':
      if (hasCount(args, 0, 'EDNS0 NSID rules can not have arguments', type, words)) {
        return { code: EdnsOption.NSID, data: () => new Uint8Array() };
      }
      return undefined;
    case 'subnet':
      return readSubnet(type, action, args, words);
    default: {
      const near = didYouMean(type.text, OPTION_TYPES) || `: expected ${OPTION_TYPES.join(', ')}`;
      words.directive.error(`invalid rule type ${quoted(type.text)}${near}`, type.origin);
      return undefined;
    }
  }
}

function readLocal(
  type: Word,
  action: EdnsAction,
  args: readonly Word[],
  words: RuleWords,
): OptionData | undefined {
  const { directive } = words;
  const isUnset = action === 'unset';
  const message = isUnset
    ? 'local unset action requires exactly two arguments'
    : 'EDNS0 local rules require exactly three args';
  if (!hasCount(args, isUnset ? 1 : 2, message, type, words)) return undefined;
  const [codeWord, dataWord] = args as [Word, Word | undefined];
  const code = /^(0x[0-9a-f]{1,4}|\d{1,5})$/i.test(codeWord.text)
    ? Number(codeWord.text)
    : 0x1_0000;
  if (code > 0xffff) {
    const expected = 'expected a number up to 65535, as 0xffee';
    directive.error(`invalid option code ${quoted(codeWord.text)}: ${expected}`, codeWord.origin);
  }
  const data = dataWord === undefined ? () => undefined : readData(dataWord, words);
  return data && { code, data };
}

function readData(
  { text, origin }: Word,
  { directive }: RuleWords,
): OptionData['data'] | undefined {
  if (text.startsWith('{') && text.endsWith('}')) {
    const variable = EDNS_VARIABLES.get(text.toLowerCase());
    if (variable !== undefined) return variable;
    const label = /^\{([^{}/]+\/[^{}]+)\}$/.exec(text)?.[1];
    if (label !== undefined) return metadataData(label);
    const known = [...EDNS_VARIABLES.keys()].join(', ');
    const expected = `expected one of ${known}, or a label of metadata as {view/name}`;
    directive.error(`unsupported variable name ${quoted(text)}: ${expected}`, origin);
    return undefined;
  }
  const isHex = /^0x/i.test(text);
  if (isHex && !/^0x([0-9a-f]{2})*$/i.test(text)) {
    directive.error(`invalid data ${quoted(text)}: expected pairs of hexadecimal digits`, origin);
    return undefined;
  }
  const bytes = isHex ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'utf8');
  if (bytes.length > MAX_DATA_BYTES) {
    const found = `${bytes.length} bytes`;
    directive.error(`data of ${found}: expected at most ${MAX_DATA_BYTES}`, origin);
  }
  const data = Uint8Array.from(bytes);
  return () => data;
}

/** Empty when the label has no value, and without `metadata` in the server block. */
function metadataData(label: string): OptionData['data'] {
  return ({ metadata }) =>
    Buffer.from(metadata?.value(label) ?? '', 'utf8').subarray(0, MAX_DATA_BYTES);
}

function readSubnet(
  type: Word,
  action: EdnsAction,
  args: readonly Word[],
  words: RuleWords,
): OptionData | undefined {
  const isUnset = action === 'unset';
  const message = isUnset
    ? 'EDNS0 subnet unset action takes no arguments'
    : 'EDNS0 subnet rules require exactly three args';
  if (!hasCount(args, isUnset ? 0 : 2, message, type, words)) return undefined;
  const [bits4 = 0, bits6 = 0] = args.map(({ text, origin }, at) => {
    const most = at === 0 ? 32 : 128;
    if (/^\d{1,3}$/.test(text) && Number(text) <= most) return Number(text);
    const family = at === 0 ? 'IPv4' : 'IPv6';
    const found = quoted(text);
    words.directive.error(
      `invalid ${family} prefix length ${found}: expected 0 to ${most}`,
      origin,
    );
    return 0;
  });
  return { code: CLIENT_SUBNET, data: (request) => clientSubnet(request, bits4, bits6) };
}

/** RFC 7871. */
const CLIENT_SUBNET = 8;

function hasCount(
  args: readonly Word[],
  count: number,
  message: string,
  type: Word,
  { directive }: RuleWords,
): boolean {
  if (args.length === count) return true;
  directive.error(message, args[count]?.origin ?? type.origin);
  return false;
}
