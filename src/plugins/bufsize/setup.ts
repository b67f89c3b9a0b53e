import { quoted } from '../../corefile/problems.ts';
import { MIN_UDP_PAYLOAD_BYTES, UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { Bufsize } from './index.ts';

/** CoreDNS's limit: what most resolvers offered before fragments were known to be harmful. */
const MAX_BYTES = 4096;

/** Reads `bufsize [BYTES]`. */
export const setup: PluginSetup = (lines, _context, problems) => {
  const directive = new Directive('bufsize', problems);
  const line = directive.single(lines);
  directive.hasNoOptions(line);
  if (!directive.hasArgs(line, 0, 1)) return undefined;
  const [word] = line.args;
  const size = word === undefined ? UDP_PAYLOAD_BYTES : Number(word.text);
  if (word !== undefined && !isSize(word.text)) {
    const range = `${MIN_UDP_PAYLOAD_BYTES} - ${MAX_BYTES}`;
    directive.error(`must be within ${range}: found ${quoted(word.text)}`, word.origin);
  }
  return directive.failed ? undefined : new Bufsize(size);
};

export const plugin: PluginDeclaration = {
  directive: 'bufsize',
  setup,
  clusterAnswers: () => 'kept', // the short cut knows the block's own limit on replies
};

function isSize(text: string): boolean {
  const size = Number(text);
  return /^\d{1,6}$/.test(text) && size >= MIN_UDP_PAYLOAD_BYTES && size <= MAX_BYTES;
}
