import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { PublishedPlugin } from '../kubernetes/published-plugin.ts';
import type { PluginSetup } from '../plugin.ts';
import { NAME, readGateway } from './options.ts';

/** Makes the plugin of names that are compiled already, by the same directive. */
export const setup: PluginSetup = (lines, context, problems) => {
  const read = readGateway(lines, context.zones, problems);
  const names = context.side?.('gateway');
  const [line] = lines;
  if (names === undefined && line !== undefined) {
    const message =
      'no kubernetes in this server block: it has the manifests: expected kubernetes cluster.local { manifests DIR }';
    new Directive(NAME, problems).error(message, line.origin);
  }
  if (read === undefined || names === undefined) return undefined;
  const { resolve, clock } = context;
  return new PublishedPlugin(NAME, { names, fallthrough: read.fallthrough, resolve, clock });
};

export const plugin: PluginDeclaration = {
  directive: 'k8s_gateway',
  setup,
  readsObjects: true,
};
