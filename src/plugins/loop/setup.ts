import { MAX_NAME_BYTES, ROOT } from '../../dns/name.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { LoopPlugin, PROBE_LABEL_BYTES } from './index.ts';

export const setup: PluginSetup = (lines, context, problems) => {
  const directive = new Directive('loop', problems);
  const line = directive.bare(lines);
  const [zone = ROOT] = blockZones(context);
  if (zone.length + PROBE_LABEL_BYTES > MAX_NAME_BYTES) {
    const message = `Cannot probe below the zone of the server block: its name has ${zone.length + 1} bytes, expected at most ${MAX_NAME_BYTES - PROBE_LABEL_BYTES + 1}`;
    directive.error(message, line.origin);
  }
  return directive.failed ? undefined : new LoopPlugin(context);
};

export const plugin: PluginDeclaration = {
  directive: 'loop',
  setup,
  isNeverCached: true,
  isForForwarding: true,
};
