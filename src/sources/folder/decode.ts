/** Text out of bytes, or where the first byte is that cannot be text. */
export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'garbled'; readonly lossy: string; readonly offset: number };

/**
 * The text of a manifest file: UTF-8, or UTF-16 when a byte order mark says so (what `>` writes in
 * Windows PowerShell 5). The mark itself is dropped.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const encoding = encodingOf(bytes);
  try {
    return { kind: 'text', text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    const lossy = new TextDecoder(encoding).decode(bytes);
    return { kind: 'garbled', lossy, offset: Math.max(0, lossy.indexOf('\uFFFD')) };
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}
