import { hostname } from 'node:os';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { Nsid } from './index.ts';

/** A reply has to have room for its records too. */
const MAX_DATA_BYTES = 255;

/** Reads `nsid [DATA...]`. */
export const setup: PluginSetup = (lines, _context, problems) => {
  const directive = new Directive('nsid', problems);
  const line = directive.single(lines);
  directive.hasNoOptions(line);
  const text = line.args.length === 0 ? hostname() : line.args.map((word) => word.text).join(' ');
  const data = Uint8Array.from(Buffer.from(text, 'utf8'));
  if (data.length > MAX_DATA_BYTES) {
    const message = `Cannot use ${data.length} bytes as identifier: expected at most ${MAX_DATA_BYTES}`;
    directive.error(message, line.args[0]?.origin ?? line.origin);
  }
  return directive.failed ? undefined : new Nsid(data);
};

export const plugin: PluginDeclaration = {
  directive: 'nsid',
  setup,
};
