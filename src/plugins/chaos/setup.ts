import { hostname } from 'node:os';
import type { Word } from '../../corefile/parse.ts';
import { packageVersion } from '../../support/process.ts';
import { randomIndexFrom } from '../../support/random.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { Chaos } from './index.ts';

/** RFC 1035 section 3.3: a character-string has at most 255 bytes. */
const MAX_STRING_BYTES = 255;

const AUTHORS = ['The svcdns authors'];

/** Reads `chaos [VERSION] [AUTHORS...]`. */
export const plugin = {
  directive: 'chaos',
  answers: true,
  takesAllClasses: true,
  clusterAnswers: () => 'kept', // which are of class IN
  setup(lines, context, problems) {
    const directive = new Directive('chaos', problems);
    const line = directive.single(lines);
    directive.hasNoOptions(line);
    const texts = line.args.map((word) => bytesOf(word, directive));
    if (directive.failed) return undefined;
    const [version = `svcdns-${packageVersion()}`, ...authors] = texts;
    const own = Buffer.from(hostname()).toString('latin1').slice(0, MAX_STRING_BYTES);
    return new Chaos(
      { version, authors: authors.length === 0 ? AUTHORS : authors, hostname: own },
      randomIndexFrom(context.random),
    );
  },
} satisfies PluginDeclaration;

/** A word as the bytes of its UTF-8 form, one character each. */
function bytesOf({ text, origin }: Word, directive: Directive): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  if (bytes.length > MAX_STRING_BYTES) {
    const message = `Cannot use a text of ${bytes.length} bytes: expected at most ${MAX_STRING_BYTES}`;
    directive.error(message, origin);
  }
  return bytes;
}
