import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../../src/config/load.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { readGateway } from '../../../src/plugins/k8s_gateway/options.ts';
import { plugin as declared } from '../../../src/plugins/k8s_gateway/setup.ts';
import type { GatewayOptions } from '../../../src/zone/options.ts';
import { memoryFiles } from '../../corefile/memory-files.ts';
import { setUp } from '../../helpers/plugin-harness.ts';
import { blocksOf } from '../../readme-blocks.ts';
import { parsed } from '../parse-directive.ts';

/** The Corefile of a server block with `kubernetes cluster.local`. */
const corefile = (directive: string, keys = '.') =>
  `${keys} {\nkubernetes cluster.local {\nmanifests zones\n}\n${directive}\n}\n`;

function load(text: string) {
  const files = memoryFiles({ '/etc/Corefile': text, '/etc/zones': null });
  const options = { config: '/etc/Corefile' };
  const loaded = loadSettings({ options, env: {}, cwd: '/etc', files, interfaces: {} });
  return {
    gateway: loaded.settings?.blocks[0]?.kubernetes?.zone.gateway,
    problems: loaded.problems.map(problemText),
  };
}

const DEFAULTS: GatewayOptions = {
  zones: ['example.org'],
  resources: ['Ingress', 'Service', 'HTTPRoute', 'TLSRoute', 'GRPCRoute', 'DNSEndpoint', 'Pod'],
  ingressClasses: [],
  gatewayClasses: [],
  serviceLabels: '',
  ingressService: '',
  ttl: 60,
  apex: 'dns1.kube-system',
  secondary: '',
};

describe('k8s_gateway reads', () => {
  const rows: [directive: string, options: Partial<GatewayOptions>][] = [
    ['k8s_gateway example.org', {}],
    ['k8s_gateway Example.ORG. apps.test', { zones: ['example.org', 'apps.test'] }],
    [
      'k8s_gateway example.org {\nresources dnsendpoint Ingress\n}',
      { resources: ['Ingress', 'DNSEndpoint'] },
    ],
    ['k8s_gateway example.org {\nttl 30\napex NS.infra\n}', { ttl: 30, apex: 'ns.infra' }],
    ['k8s_gateway example.org {\nsecondary dns2.infra\n}', { secondary: 'dns2.infra' }],
    [
      'k8s_gateway example.org {\ningressClasses nginx traefik\ngatewayClasses istio\n}',
      { ingressClasses: ['nginx', 'traefik'], gatewayClasses: ['istio'] },
    ],
    [
      'k8s_gateway example.org {\nserviceLabelSelectors tier in (front, edge)\n}',
      { serviceLabels: 'tier in (front, edge)' },
    ],
    ['k8s_gateway example.org {\ningress_service edge/lb\n}', { ingressService: 'edge/lb' }],
    ['k8s_gateway example.org {\nfallthrough\n}', {}],
  ];
  test.for(rows)('%s', ([directive, options]) => {
    expect(load(corefile(directive))).toEqual({
      gateway: { ...DEFAULTS, ...options },
      problems: [],
    });
  });

  test('the zones of the server block, without those of addresses', () => {
    const text = corefile('k8s_gateway', 'cluster.local example.org 10.0.0.0/8');
    expect(load(text).gateway?.zones).toEqual(['cluster.local', 'example.org']);
  });
});

describe('k8s_gateway refuses', () => {
  const rows: [lines: string, problem: string][] = [
    [
      'k8s_gateway example.org\nk8s_gateway apps.test',
      'Corefile:3:1: error: plugin/k8s_gateway: this plugin can only be used once per Server Block',
    ],
    ['k8s_gateway ex_,', "Corefile:2:13: error: Cannot use 'ex_,' as a zone: unexpected ','"],
    ['k8s_gateway 10.0.0.0/8', 'Corefile:2:1: error: plugin/k8s_gateway: non-reverse zone name'],
    [
      `k8s_gateway ${`${'a'.repeat(59)}.`.repeat(4)}`,
      'is too long for hostmaster.dns1.kube-system in it: 269 bytes, and a name has at most 255',
    ],
    ['k8s_gateway x {\nttl\n}', "Wrong argument count or unexpected line ending after 'ttl'"],
    [
      'k8s_gateway x {\nttl -1\n}',
      "Corefile:3:5: error: plugin/k8s_gateway: Cannot read '-1' as ttl: ",
    ],
    [
      'k8s_gateway x {\nttl 2147483648\n}',
      "Cannot read '2147483648' as ttl: expected whole seconds",
    ],
    ['k8s_gateway x {\nresources\n}', "unexpected line ending after 'resources'"],
    [
      'k8s_gateway x {\nresources Ingres\n}',
      "Corefile:3:11: error: plugin/k8s_gateway: resource 'Ingres' is not offered: did you mean 'Ingress'?",
    ],
    [
      'k8s_gateway x {\nresources VirtualServer\n}',
      "resource 'VirtualServer' is not offered: expected Ingress, Service, HTTPRoute, TLSRoute, GRPCRoute, DNSEndpoint",
    ],
    [
      'k8s_gateway x {\napex a..b\n}',
      "Corefile:3:6: error: plugin/k8s_gateway: Cannot use 'a..b' as apex",
    ],
    [`k8s_gateway x {\nsecondary ${'a'.repeat(64)}\n}`, 'Cannot use a label of 64 bytes'],
    ['k8s_gateway x {\ningressClasses\n}', "unexpected line ending after 'ingressClasses'"],
    ['k8s_gateway x {\nserviceLabelSelectors a in\n}', "unable to parse label selector 'a in': "],
    [
      'k8s_gateway x {\ningress_service edge\n}',
      "Cannot use 'edge' as ingress_service: expected NAMESPACE/NAME",
    ],
    ['k8s_gateway x {\ningress_service a/b/c\n}', "Cannot use 'a/b/c' as ingress_service"],
    [
      'k8s_gateway x {\nkubeconfig a b\n}',
      'kubeconfig: not offered: objects come from the manifests',
    ],
    [
      'k8s_gateway x {\nttll 3\n}',
      "Corefile:3:1: error: plugin/k8s_gateway: unknown property 'ttll': did you mean 'ttl'?",
    ],
    ['k8s_gateway x {\nttl 3 {\n}\n}', "Unexpected '{' after 'ttl': expected a new line"],
  ];
  test.for(rows)('%s', ([text, problem]) => {
    const { result, problems } = parsed(
      (lines, list) => readGateway(lines, ['example.org'], list),
      text,
    );
    expect(result).toBeUndefined();
    expect(problems[0]).toContain(problem);
    expect(problems).toHaveLength(1);
  });

  test('a server block without kubernetes', () => {
    expect(setUp(declared.setup, 'k8s_gateway example.org').problems).toEqual([
      'Corefile:2:1: error: plugin/k8s_gateway: no kubernetes in this server block: it has the manifests: expected kubernetes cluster.local { manifests DIR } [PLUGIN_OPTION]',
    ]);
  });

  test('each mistake once, when the Corefile is read', () => {
    expect(load(corefile('k8s_gateway x {\nttl x\n}')).problems).toEqual([
      "/etc/Corefile:6:5: error: plugin/k8s_gateway: Cannot read 'x' as ttl: expected whole seconds, 0 to 2147483647 [PLUGIN_OPTION]",
    ]);
  });
});

describe('k8s_gateway warns of', () => {
  const rows: [directive: string, keys: string, problem: string][] = [
    [
      'k8s_gateway apps.cluster.local',
      '.',
      '/etc/Corefile:5:1: warning: k8s_gateway: kubernetes answers for apps.cluster.local first: expected zones of their own, as in kubernetes cluster.local and k8s_gateway example.org, or fallthrough in kubernetes [COREFILE_ZONE_UNREACHED]',
    ],
    [
      'k8s_gateway example.org',
      'cluster.local',
      '/etc/Corefile:5:1: warning: k8s_gateway: no query for example.org reaches this server block, which serves cluster.local [COREFILE_ZONE_UNREACHED]',
    ],
    [
      'k8s_gateway',
      '.',
      '/etc/Corefile:5:1: warning: k8s_gateway: answers for all names, so others do not exist: expected zones, as in k8s_gateway example.org [COREFILE_ZONE]',
    ],
  ];
  test.for(rows)('%s in %s', ([directive, keys, problem]) => {
    expect(load(corefile(directive, keys)).problems).toEqual([problem]);
  });
});

describe('README.md of k8s_gateway', () => {
  const blocks = blocksOf('src/plugins/k8s_gateway/README.md');

  test.for(
    blocks.filter(({ info }) => info === 'corefile').map(({ line, text }) => [line, text] as const),
  )('has an example at line %i that is read without a word', ([, text]) => {
    const { gateway, problems } = load(text);
    expect(problems).toEqual([]);
    expect(gateway?.zones).toHaveLength(1);
  });
});
