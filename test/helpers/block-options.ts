import type { Labels } from '../../src/kube/objects.ts';
import { EVERYTHING, type LabelSelector } from '../../src/kube/selector.ts';
import type { PodMode, ZoneOptions } from '../../src/zone/options.ts';

/**
 * The options of a `kubernetes ZONES { LINES }` block, for tests that judge the Corefile reader
 * too.
 */
export function blockOptions(zones: readonly string[], lines: readonly string[]): ZoneOptions {
  let options: ZoneOptions = {
    zones,
    ttl: 5,
    pods: 'disabled',
    endpointPodNames: false,
    ignoreEmptyService: false,
    noEndpoints: false,
    namespaces: [],
    namespaceLabels: EVERYTHING,
    labels: EVERYTHING,
    serviceRanges: undefined,
    simulatedPods: undefined,
    clusterBasics: undefined,
    clusterIpEndpoints: false,
    endpointsDns: false,
    multicluster: undefined,
    external: undefined,
    gateway: undefined,
  };
  for (const line of lines) {
    const [word, ...values] = line.split(' ');
    options = { ...options, ...setting(word ?? '', values) };
  }
  return options;
}

function setting(word: string, values: readonly string[]): Partial<ZoneOptions> {
  switch (word) {
    case 'ttl':
      return { ttl: Number(values[0]) };
    case 'pods':
      return { pods: values[0] as PodMode };
    case 'endpoint_pod_names':
      return { endpointPodNames: true };
    case 'ignore':
      return { ignoreEmptyService: true };
    case 'clusterip':
      return { clusterIpEndpoints: true };
    case 'endpoints':
      return { endpointsDns: true };
    case 'noendpoints':
      return { noEndpoints: true };
    case 'namespaces':
      return { namespaces: values };
    case 'namespace_labels':
      return { namespaceLabels: selector(values.join(' ')) };
    case 'labels':
      return { labels: selector(values.join(' ')) };
    case 'multicluster':
      return { multicluster: values };
    case 'workloads': {
      const [, ipv4, ipv6] = values;
      return { simulatedPods: { ipv4, ipv6 } };
    }
    default:
      throw new SyntaxError(`Unknown option ${word}`);
  }
}

/** `key=value` terms joined by commas: all that the tables need. */
export function selector(text: string): LabelSelector {
  const terms = text.split(',').map((term) => term.split('='));
  return {
    text,
    matches: (labels: Labels) => terms.every(([key = '', value]) => labels.get(key) === value),
  };
}
