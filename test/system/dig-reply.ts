/** What dig prints of a reply's header, its OPT record and its sections. */
export interface DigReply {
  readonly opcode: string;
  readonly status: string;
  /** As printed, in order: `qr aa rd`. */
  readonly flags: string;
  /** Records in question, answer, authority and additional; OPT counts as additional. */
  readonly counts: readonly [number, number, number, number];
  /** `version: 0, flags: do; udp: 1232`; undefined without OPT. */
  readonly edns: string | undefined;
  /** Names of the options in the OPT record: `COOKIE`, `NSID`, `EDE`. */
  readonly options: readonly string[];
  /** Records of the answer section, one a line, with single spaces. */
  readonly answer: readonly string[];
  /** Whether it says that the reserved bit of the header is set. */
  readonly mbz: boolean;
  readonly bytes: number;
}

/**
 * Reads the output of `dig +multiline`-less, default `dig`.
 *
 * @throws Error with the output when there is no reply in it.
 */
export function digReply(text: string): DigReply {
  const header = /opcode: (\S+), status: (\S+), id: \d+/.exec(text);
  const flags =
    /^;; flags: ?([^;]*);(.*?) ?QUERY: (\d+), ANSWER: (\d+), AUTHORITY: (\d+), ADDITIONAL: (\d+)/m.exec(
      text,
    );
  if (header === null || flags === null) throw new Error(`No reply in the output of dig:\n${text}`);
  const edns = /^; EDNS: (.*)$/m.exec(text)?.[1];
  const pseudo = /;; OPT PSEUDOSECTION:\n((?:;.*\n)*)/.exec(text)?.[1] ?? '';
  return {
    opcode: header[1]!,
    status: header[2]!,
    flags: flags[1]!.trim(),
    counts: [Number(flags[3]), Number(flags[4]), Number(flags[5]), Number(flags[6])],
    edns,
    options: [...pseudo.matchAll(/^; ([A-Z][\w-]*|OPT=\d+):/gm)]
      .map((match) => match[1]!)
      .filter((name) => name !== 'EDNS'),
    answer: section(text, 'ANSWER'),
    mbz: flags[2]!.includes('MBZ'),
    bytes: Number(/MSG SIZE {2}rcvd: (\d+)/.exec(text)?.[1] ?? 0),
  };
}

function section(text: string, name: string): string[] {
  const body = new RegExp(`;; ${name} SECTION:\\n((?:[^;\\n].*\\n)*)`).exec(text)?.[1] ?? '';
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\s+/g, ' '));
}
