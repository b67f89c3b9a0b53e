import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { besideKubernetes } from '../kubernetes/edits.ts';
import { PublishedPlugin } from '../kubernetes/published-plugin.ts';
import { GATEWAY_OPTIONS, gatewayIn, NAME, readGateway } from './options.ts';

/** Makes the plugin of the names that the directive, read with the settings, is served with. */
export const plugin = {
  directive: NAME,
  options: GATEWAY_OPTIONS,
  flags: {
    /** Zones of the hosts of Ingresses, Gateways, Services and DNSEndpoints. */
    gateway: {
      flag: '--gateway',
      argument: 'ZONE',
      help: [
        'answer the host names of Ingresses, Gateways, Services and',
        'DNSEndpoints in this zone',
      ],
      variable: 'SVCDNS_GATEWAY',
      variableHelp: 'zones of the host names of Ingresses, Gateways and others',
      separator: ',',
      code: 'CONFIG_GATEWAY',
      isOfNames: true,
      edit: besideKubernetes(NAME),
    },
  },
  readsObjects(block, kubernetes, problems) {
    const read = gatewayIn(block, kubernetes, problems);
    return read && { zone: { gateway: read.options }, fallthrough: { gateway: read.fallthrough } };
  },
  clusterAnswers: (gateway) => gateway,
  setup(lines, { extra, zones, resolve, clock }, problems) {
    const names = extra?.('gateway');
    if (names !== undefined) return new PublishedPlugin(NAME, { ...names, resolve, clock });
    readGateway(lines, zones, problems); // for its mistakes, to report them all at once
    const message =
      'no kubernetes in this server block: it has the manifests: expected kubernetes cluster.local { manifests DIR }';
    for (const { origin } of lines.slice(0, 1))
      new Directive(NAME, problems).error(message, origin);
    return undefined;
  },
} satisfies PluginDeclaration<PublishedPlugin>;
