import { isIP } from 'node:net';
import { keyFromText, NameError } from '../dns/name.ts';
import { quoted } from './problems.ts';
import { reverseZones } from './reverse-zones.ts';

/** Zones in normal form (lower case, no final dot; the root is ''), or why there are none. */
export type Zones = { readonly zones: readonly string[] } | { readonly fault: string };

/** A zone as a Corefile writes it: a domain name, or a network in CIDR notation. */
export function zonesFromText(text: string): Zones {
  if (text === '') return { fault: "Cannot use an empty zone name: expected '.' for all names" };
  const [address = '', mask] = text.split('/');
  if (isIP(address) !== 0) {
    const zones = mask === undefined ? undefined : reverseZones(text);
    if (zones !== undefined) return { zones };
    return { fault: `Cannot use ${quoted(text)} as a zone: ${networkHint(address)}` };
  }
  // Legal in a domain name, but in a Corefile always a mistake: a port, a list without blanks, a
  // brace that touches a word, an escape.
  const wrong = /[^!-~]|[\\,:{}()"]/.exec(text)?.[0];
  if (wrong !== undefined) {
    return {
      fault: `Cannot use ${quoted(shown(text, wrong))} as a zone: unexpected ${quoted(wrong)}`,
    };
  }
  try {
    keyFromText(text);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return { fault: `Cannot use ${quoted(text)} as a zone: ${error.message}` };
  }
  return { zones: [text.toLowerCase().replace(/\.$/, '')] };
}

/**
 * The text of a message. A word with unusual characters may be a secret, such as a line of a
 * password file: it is cut after its first wrong character.
 */
function shown(text: string, wrong: string): string {
  if (/^[\w.,:/[\](){}*\\"\s-]*$/.test(text)) return text;
  return `${text.slice(0, text.indexOf(wrong) + wrong.length)}…`;
}

/** Is this a zone of addresses? */
export function isReverseZone(zone: string): boolean {
  return /(^|\.)(in-addr|ip6)\.arpa$/.test(zone);
}

/** Is the name the zone's own or below it? By labels, both in normal form. */
export function isInZone(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/** A zone as messages show it: the root is a dot. */
export function zoneText(zone: string): string {
  return zone === '' ? '.' : zone;
}

function networkHint(address: string): string {
  return isIP(address) === 4
    ? 'expected a mask of 0 to 32 after the address, as in 10.0.0.0/8'
    : 'expected a mask of 0 to 128 after the address, as in fd00::/8';
}

/** The zones of a word; none of one that is no zone, where that is reported elsewhere. */
export function zonesOfWord(text: string): readonly string[] {
  const found = zonesFromText(text);
  return 'zones' in found ? found.zones : [];
}
