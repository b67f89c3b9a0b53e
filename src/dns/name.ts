/**
 * Domain names. On the query path a name is bytes; as a key it is the lower-cased wire form without
 * the final zero byte, held in a string of one character a byte (latin1). Presentation form
 * exists only at the edges: configuration, logs, zone files.
 *
 * Keys, not text, because a label may hold any byte, dots included (RFC 2181 section 11): the
 * labels `a.b` and `a`, `b` are different names that look alike as text.
 */

import type { WireName } from './record.ts';

/** Lower-case wire form, latin1, without the root's zero byte: `\x03web\x03svc`. Root is ''. */
export type NameKey = string & { readonly __nameKey: unique symbol };

/** RFC 1035 section 2.3.4: "labels 63 octets or less, names 255 octets or less". */
export const MAX_LABEL_BYTES = 63;
export const MAX_NAME_BYTES = 255;

export const ROOT = '' as NameKey;

/** A text that is no name: too long, with an empty label or a broken escape. */
export class NameError extends SyntaxError {
  override readonly name = 'NameError';
}

/**
 * The key of a name in presentation form, with or without the final dot. Understands the escapes of
 * RFC 1035 section 5.1, `\.` and `\065`; other characters must be ASCII.
 *
 * @throws {NameError} when the text is not a legal name.
 */
export function keyFromText(text: string): NameKey {
  return keyOf(labelsFromText(text));
}

/**
 * The wire form of a name in presentation form, letters kept; otherwise as `keyFromText`.
 *
 * @throws {NameError} when the text is not a legal name.
 */
export function wireFromText(text: string): WireName {
  return wireOf(labelsFromText(text));
}

/** The key of a name in wire form. */
export function keyOfWire(name: WireName): NameKey {
  // Length bytes are at most 63, so none is taken for a letter.
  return fold(name) as NameKey;
}

/**
 * The key of labels given as latin1 strings, folded to lower case.
 *
 * @throws {NameError} when a label or the whole is too long.
 */
export function keyOf(labels: readonly string[]): NameKey {
  return keyOfWire(wireOf(labels));
}

/** Splits a key into its labels. */
export function labelsOf(key: NameKey): string[] {
  const labels: string[] = [];
  for (let at = 0; at < key.length; ) {
    const length = key.charCodeAt(at);
    labels.push(key.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return labels;
}

/** The key of the name one label shorter; the root's parent is the root. */
export function parentOf(key: NameKey): NameKey {
  return (key === '' ? key : key.slice(1 + key.charCodeAt(0))) as NameKey;
}

/**
 * Is `key` the zone's own name or below it? By labels: `xcluster.local` is not in `cluster.local`.
 */
export function isAtOrBelow(key: NameKey, zone: NameKey): boolean {
  const rest = key.length - zone.length;
  if (rest < 0 || !key.endsWith(zone)) return false;
  let at = 0;
  while (at < rest) at += 1 + key.charCodeAt(at);
  return at === rest;
}

/**
 * Presentation form with the final dot. Bytes outside printable ASCII become `\DDD`, and characters
 * that zone files give a meaning are escaped, so one line of text is always one name.
 */
export function textOf(key: NameKey): string {
  if (key === '') return '.';
  return `${labelsOf(key).map(labelText).join('.')}.`;
}

/** Whether a character of a label stands for itself in text, as nearly all do: `a-z0-9-_`. */
export function isHostCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  );
}

function wireOf(labels: readonly string[]): WireName {
  let name = '';
  for (const label of labels) {
    if (label.length === 0) throw new NameError('Cannot use an empty label in a name');
    if (label.length > MAX_LABEL_BYTES) {
      throw new NameError(
        `Cannot use a label of ${label.length} bytes: expected at most ${MAX_LABEL_BYTES}`,
      );
    }
    name += String.fromCharCode(label.length) + label;
  }
  if (name.length + 1 > MAX_NAME_BYTES) {
    throw new NameError(
      `Cannot use a name of ${name.length + 1} bytes: expected at most ${MAX_NAME_BYTES}`,
    );
  }
  return name;
}

/** One label in presentation form. */
export function labelText(label: string): string {
  return label.replace(/[^!-~]|[.\\"$;()@]/g, (character) => {
    const code = character.charCodeAt(0);
    return code > 0x20 && code < 0x7f ? `\\${character}` : `\\${String(code).padStart(3, '0')}`;
  });
}

function labelsFromText(text: string): string[] {
  if (text === '.' || text === '') return [];
  const labels: string[] = [];
  let label = '';
  let open = true; // false right after a dot: a final dot begins no further label
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    open = character !== '.';
    if (!open) {
      labels.push(label);
      label = '';
    } else if (character === '\\') {
      const digits = /^\d{3}/.exec(text.slice(at + 1, at + 4))?.[0];
      const code = digits === undefined ? text.charCodeAt(at + 1) : Number(digits);
      if (!(code <= 0xff)) throw new NameError(`Cannot read an escape in the name "${text}"`);
      label += String.fromCharCode(code);
      at += digits === undefined ? 1 : 3;
    } else if (character.charCodeAt(0) > 0x7f) {
      throw new NameError(`Cannot use "${character}" in a name: write it as \\DDD or in punycode`);
    } else {
      label += character;
    }
  }
  return open ? [...labels, label] : labels;
}

/**
 * RFC 4343 section 3: only the ASCII letters fold. `String.prototype.toLowerCase` would fold
 * U+00C0 to U+00DE too, and turn the Kelvin sign into `k`.
 */
function fold(name: string): string {
  let hasCapital = false;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code > 0x7f) return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    if (code >= 0x41 && code <= 0x5a) hasCapital = true;
  }
  return hasCapital ? name.toLowerCase() : name;
}

/** A name as it is in records: with its final dot, in lower case. */
export function recordName(text: string): string {
  return textOf(keyFromText(text));
}
