import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { besideKubernetes } from '../kubernetes/edits.ts';
import { PublishedPlugin } from '../kubernetes/published-plugin.ts';
import { externalIn, NAME, OPTIONS, readExternal } from './options.ts';

/** Makes the plugin of the names that the directive, read with the settings, is served with. */
export const plugin = {
  directive: NAME,
  options: OPTIONS,
  flags: {
    /** Zones of load balancers and external IPs. */
    external: {
      flag: '--external',
      argument: 'ZONE',
      help: ['NAME.NAMESPACE.ZONE has the external addresses of the Service'],
      variable: 'SVCDNS_EXTERNAL',
      variableHelp: 'zones of the external addresses of Services',
      separator: ',',
      code: 'CONFIG_EXTERNAL',
      isOfNames: true,
      edit: besideKubernetes(NAME),
    },
  },
  readsObjects(block, kubernetes, problems) {
    const read = externalIn(block, kubernetes, problems);
    return (
      read && { zone: { external: read.options }, fallthrough: { external: read.fallthrough } }
    );
  },
  clusterAnswers: (external) => external,
  isNeverCached: true,
  setup(lines, { extra, zones, resolve, clock }, problems) {
    const names = extra?.('external');
    if (names !== undefined) return new PublishedPlugin(NAME, { ...names, resolve, clock });
    readExternal(lines, zones, problems); // for its mistakes, to report them all at once
    const message = 'kubernetes plugin not loaded: expected kubernetes in the same server block';
    for (const { origin } of lines.slice(0, 1))
      new Directive(NAME, problems).error(message, origin);
    return undefined;
  },
} satisfies PluginDeclaration<PublishedPlugin>;
