import type { Files } from '../../src/corefile/files.ts';

/** A disk made of texts by absolute path; `null` is a folder. Counts what is read. */
export function memoryFiles(
  texts: Readonly<Record<string, string | null>>,
): Files & { readonly reads: string[] } {
  const reads: string[] = [];
  const read = (path: string, maxBytes: number): string => {
    reads.push(path);
    const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
    if (text === undefined) throw failure('ENOENT');
    if (text === null) throw failure('EISDIR');
    if (Buffer.byteLength(text) > maxBytes) throw failure('EFBIG');
    return text;
  };
  return {
    reads,
    read,
    readStream: read,
    list: (folder) => {
      const inside = folder.endsWith('/') ? folder : `${folder}/`;
      const below = Object.keys(texts).filter((path) => path.startsWith(inside));
      return [...new Set(below.map((path) => path.slice(inside.length).split('/')[0] ?? ''))];
    },
    isFolder: (path) => texts[path] === null,
    exists: (path) => Object.hasOwn(texts, path),
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
