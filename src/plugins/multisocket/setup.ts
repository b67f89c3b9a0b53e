import { availableParallelism } from 'node:os';
import type { Line } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import type { Origin } from '../../kube/objects.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { CorefileEdit, Reading } from '../flag.ts';
import { ANYWHERE, addition, lineOf } from '../line-edits.ts';

const NAME = 'multisocket';

/** CoreDNS's. */
const MAX_SOCKETS = 1024;

/**
 * Reads `multisocket [N]`: sockets an address, each with a thread of its own. As many as processors
 * when the Corefile gives no number; 1 when it does not have the directive, or the number is wrong.
 */
export function parseMultisocket(
  lines: readonly Line[],
  problems: ProblemList,
  processors: number = availableParallelism(),
): number {
  if (lines.length === 0) return 1;
  const directive = new Directive(NAME, problems);
  const line = directive.single(lines);
  directive.hasNoOptions(line);
  if (!directive.hasArgs(line, 0, 1)) return 1;
  const [word] = line.args;
  if (word === undefined) return Math.min(processors, MAX_SOCKETS);
  const sockets = Number(word.text);
  if (/^\d{1,9}$/.test(word.text) && sockets >= 1 && sockets <= MAX_SOCKETS) return sockets;
  const message = `invalid num sockets: ${quoted(word.text)}: expected 1 to ${MAX_SOCKETS}`;
  directive.error(message, word.origin);
  return 1;
}

/** More threads than processors answer no more, and each costs some 15 MiB. */
export const MAX_THREADS = 64;

/** So many threads, with a socket each at every address: `multisocket` in all server blocks. */
function threadsOnAll(text: string, origin: Origin): Reading<CorefileEdit> {
  const threads = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (threads < 1 || threads > MAX_THREADS) {
    return { fault: `Cannot use ${quoted(text)} threads: expected 1 to ${MAX_THREADS}` };
  }
  return { value: { ...ANYWHERE, ...addition(lineOf([NAME, `${threads}`], origin)) } };
}

export const plugin = {
  directive: NAME,
  read: parseMultisocket,
  flags: {
    /** Threads that answer, each with a UDP socket at every address: `multisocket` everywhere. */
    threads: {
      flag: '--threads',
      argument: 'N',
      help: [
        'threads that answer queries over UDP, 1 to 64; more than one need the',
        'native transport. Default: 1, or multisocket of the Corefile',
      ],
      variable: 'SVCDNS_THREADS',
      variableHelp: 'threads that answer queries over UDP, 1 to 64',
      code: 'CONFIG_THREADS',
      edit: threadsOnAll,
    },
  },
} satisfies OptionsDeclaration<number>;
