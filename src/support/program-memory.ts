/** A range of the process's addresses. */
export interface AddressRange {
  readonly start: number;
  readonly bytes: number;
}

/** `00400000-0082e000 r--p 00000000 fe:00 877052   /usr/bin/node`, proc(5) says of smaps. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+)/;
/** What a smaller mapping takes is not worth a system call. */
const LEAST_BYTES = 1 << 20;

/**
 * The mappings in /proc/self/smaps that hold what stands in a file and nothing else: they cannot be
 * written, and no page of them has become memory of the process's own (`Anonymous`), as where a
 * debugger has put a breakpoint, or `--use-largepages` has moved the code of Node.js.
 */
export function fileRanges(smaps: string): AddressRange[] {
  const ranges: AddressRange[] = [];
  let mapping: AddressRange | undefined;
  for (const line of smaps.split('\n')) {
    const found = MAPPING.exec(line);
    if (found !== null) mapping = rangeOf(found);
    else if (mapping !== undefined && /^Anonymous: +0 kB/.test(line)) ranges.push(mapping);
  }
  return ranges;
}

function rangeOf([, from = '', to = '', access = '', inode]: RegExpExecArray) {
  // Whole pages, whose numbers are exact up to 2^65.
  const start = Number.parseInt(from, 16);
  const bytes = Number.parseInt(to, 16) - start;
  const isOfFile = inode !== '0' && access.startsWith('r-') && access.endsWith('p');
  return isOfFile && bytes >= LEAST_BYTES ? { start, bytes } : undefined;
}
