import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Loads a native library.
 *
 * @throws Error that says why it cannot be loaded
 */
export function loadNativeFile(file: string): unknown {
  // The loader maps a file without a look at its length: a byte that is not there is a SIGBUS,
  // which ends the process without a word.
  if (isCutShort(file)) throw new Error(`${file}: its end is missing`);
  return createRequire(file)(file);
}

/** Bytes of the header of a 64-bit ELF file, such as all that this package has. */
const HEADER_BYTES = 64;

/** Whether an ELF file ends before the table of its sections, which linkers write last. */
function isCutShort(file: string): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  let bytes: number;
  try {
    const fd = openSync(file, 'r');
    try {
      if (readSync(fd, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return false;
      bytes = fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // the loader will say why
  }
  if (header.toString('latin1', 0, 5) !== '\x7fELF\x02') return false;
  const [sections, sectionBytes, count] = [
    Number(header.readBigUInt64LE(40)),
    header.readUInt16LE(58),
    header.readUInt16LE(60),
  ];
  return bytes < sections + sectionBytes * count;
}
