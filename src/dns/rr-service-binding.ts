import { addressBytes, MAX_PORT } from './address.ts';
import { type DataWriter, uint16Bytes } from './rr-data-writer.ts';
import { RecordTextError, unescaped } from './rr-words.ts';

/** RFC 9460 section 14.3.2, and `dohpath` of RFC 9461. */
const KEYS: ReadonlyMap<string, number> = new Map([
  ['mandatory', 0],
  ['alpn', 1],
  ['no-default-alpn', 2],
  ['port', 3],
  ['ipv4hint', 4],
  ['ech', 5],
  ['ipv6hint', 6],
  ['dohpath', 7],
]);

/**
 * Writes the parameters of an SVCB or HTTPS record (RFC 9460 section 2.1):
 * `alpn=h2,h3 port=8443 key667="x"`.
 *
 * @throws {RecordTextError}
 */
export function writeServiceParameters(data: DataWriter): void {
  const values = new Map<number, string>();
  while (data.hasMore) {
    const { text } = data.take('a parameter');
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const key = keyOf(name);
    if (values.has(key)) throw new RecordTextError(`parameter '${name}' twice`);
    values.set(key, parameterValue(key, name, value));
  }
  // Section 2.2: "SvcParamKeys SHALL appear in increasing numeric order."
  for (const [key, value] of [...values].sort((a, b) => a[0] - b[0])) {
    if (value.length > 0xffff) throw new RecordTextError('a parameter is too long');
    data.bytes += uint16Bytes(key) + uint16Bytes(value.length) + value;
  }
}

function keyOf(name: string): number {
  const known = KEYS.get(name);
  if (known !== undefined) return known;
  const digits = /^key(0|[1-9]\d{0,4})$/.exec(name)?.[1];
  if (digits === undefined || Number(digits) > 0xfffe) {
    const expected = `${[...KEYS.keys()].join(', ')} or keyNNNNN`;
    throw new RecordTextError(`unknown parameter '${name}': expected ${expected}`);
  }
  return Number(digits);
}

function parameterValue(key: number, name: string, value: string | undefined): string {
  if (key === KEYS.get('no-default-alpn')) {
    if (value === undefined) return '';
    throw new RecordTextError(`unexpected value of '${name}'`);
  }
  if (key > 7) return unescaped(value ?? '');
  if (value === undefined || value === '') throw new RecordTextError(`missing value of '${name}'`);
  switch (name) {
    case 'mandatory':
      return mandatory(value);
    case 'alpn':
      return value.split(',').map(protocol).join('');
    case 'port':
      if (/^\d{1,5}$/.test(value) && Number(value) <= MAX_PORT) return uint16Bytes(Number(value));
      throw new RecordTextError(`expected a port, 0 to ${MAX_PORT}, found '${value}'`);
    case 'ipv4hint':
      return addresses(value, 4);
    case 'ipv6hint':
      return addresses(value, 16);
    case 'ech':
      if (/^[A-Za-z0-9+/]+={0,2}$/.test(value))
        return Buffer.from(value, 'base64').toString('latin1');
      throw new RecordTextError(`expected base64 after ech=, found '${value}'`);
    default:
      return unescaped(value);
  }
}

function mandatory(value: string): string {
  const keys = value.split(',').map(keyOf);
  if (keys.includes(0) || new Set(keys).size !== keys.length) {
    throw new RecordTextError(`expected other keys, each once, after mandatory=, found '${value}'`);
  }
  return keys
    .sort((a, b) => a - b)
    .map(uint16Bytes)
    .join('');
}

function protocol(text: string): string {
  const name = unescaped(text);
  if (name.length > 0 && name.length < 256 && !text.includes('\\')) {
    return String.fromCharCode(name.length) + name;
  }
  throw new RecordTextError(`expected protocols without backslashes after alpn=, found '${text}'`);
}

function addresses(value: string, length: number): string {
  const found = value.split(',').map((text) => {
    const bytes = addressBytes(text);
    if (bytes?.length === length) return Buffer.from(bytes).toString('latin1');
    throw new RecordTextError(`expected IPv${length === 4 ? 4 : 6} addresses, found '${text}'`);
  });
  return found.join('');
}
