import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadNativeFile } from '../../src/support/native-file.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

/** The header of a library of 4096 bytes, whose table of 3 sections stands at its end. */
function header(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeBigUInt64LE(4096n - 3n * 64n, 40);
  bytes.writeUInt16LE(64, 58);
  bytes.writeUInt16LE(3, 60);
  return bytes;
}

describe('loadNativeFile()', () => {
  let folder: TempFolder;
  beforeEach(() => {
    folder = new TempFolder();
  });
  afterEach(() => folder.dispose());

  const load = (content: Buffer) => {
    const file = folder.at('library.node');
    writeFileSync(file, content);
    return () => loadNativeFile(file);
  };

  test.for([64, 4095])('refuses a library of which only %d bytes are there', (bytes) => {
    const content = Buffer.concat([header()], bytes);
    expect(load(content)).toThrow(/library\.node: its end is missing$/);
  });

  test('leaves it to the system to judge one that is whole, or is none', () => {
    expect(load(Buffer.concat([header()], 4096))).toThrow(/^(?!.*its end is missing)/);
    expect(load(Buffer.from('x'))).toThrow();
    expect(() => loadNativeFile(folder.at('none.node'))).toThrow(/Cannot find module/);
  });
});
