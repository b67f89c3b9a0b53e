import { addressText } from './address.ts';
import { Class, typeName } from './codes.ts';
import { type NameKey, textOf } from './name.ts';
import type { RecordData, ResourceRecord } from './record.ts';

/** One line of a zone file (RFC 1035 section 5.1), names absolute: `web.shop… 5 IN A 10.96.0.7`. */
export function recordText(record: ResourceRecord): string {
  const owner = textOf(record.owner as NameKey);
  return `${owner} ${record.ttl} ${className(record.class)} ${typeName(record.type)} ${dataText(record.data)}`;
}

/** `IN`, `CH`, `HS`, or as RFC 3597 section 5 writes an unknown class. */
function className(code: number | undefined): string {
  if (code === undefined || code === Class.IN) return 'IN';
  const known = Object.entries(Class).find(([, known]) => known === code);
  return known?.[0] ?? `CLASS${code}`;
}

function dataText(data: RecordData): string {
  switch (data.kind) {
    case 'address':
      return addressText(data.address);
    case 'name':
      return textOf(data.name as NameKey);
    case 'exchange':
      return `${data.preference} ${textOf(data.exchange as NameKey)}`;
    case 'service':
      return `${data.priority} ${data.weight} ${data.port} ${textOf(data.target as NameKey)}`;
    case 'strings':
      return data.strings.map(quoted).join(' ');
    case 'start': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = data.start;
      const names = `${textOf(mname as NameKey)} ${textOf(rname as NameKey)}`;
      return `${names} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    case 'raw': // RFC 3597 section 5
      return `\\# ${data.bytes.length} ${Buffer.from(data.bytes).toString('hex')}`;
  }
}

/** A character-string in quotes, every byte outside printable ASCII as `\DDD`. */
function quoted(text: string): string {
  const escaped = text.replace(/[^ -~]|["\\]/g, (character) => {
    const code = character.charCodeAt(0);
    return code > 0x1f && code < 0x7f ? `\\${character}` : `\\${String(code).padStart(3, '0')}`;
  });
  return `"${escaped}"`;
}
