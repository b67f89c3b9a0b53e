import { describe, expect, test } from 'vitest';
import type { ServerBlock } from '../../../src/corefile/parse.ts';
import { ProblemList } from '../../../src/corefile/problems.ts';
import {
  type KubernetesBlock,
  type KubernetesSurroundings,
  kubernetesIn,
} from '../../../src/plugins/kubernetes/directive.ts';
import { DIRECTIVES, pluginsIn } from '../../../src/plugins/order.ts';
import { parse, told } from '../../corefile/notation.ts';
import { rounds } from '../../helpers/runs.ts';

describe('kubernetesIn() reads', () => {
  test('a bare directive with the defaults of CoreDNS', () => {
    const { block, problems } = read('kubernetes', 'cluster.local');
    expect(problems).toEqual([]);
    expect(block?.zone).toEqual({
      zones: ['cluster.local'],
      ttl: 5,
      pods: 'disabled',
      endpointPodNames: false,
      ignoreEmptyService: false,
      noEndpoints: false,
      clusterIpEndpoints: false,
      endpointsDns: false,
      namespaces: [],
      namespaceLabels: expect.objectContaining({ text: '' }),
      labels: expect.objectContaining({ text: '' }),
    });
    expect(block?.manifests).toEqual([]);
    expect(block?.fallthrough).toBeUndefined();
    expect(block?.api.startupTimeoutMs).toBe(5000);
  });

  const zones: [directive: string, keys: string, zones: string][] = [
    ['kubernetes', 'cluster.local 10.0.0.0/8', 'cluster.local 10.in-addr.arpa'],
    ['kubernetes cluster.local', '.:53', 'cluster.local'],
    ['kubernetes Cluster.Local. IN-ADDR.ARPA', '.', 'cluster.local in-addr.arpa'],
    [
      'kubernetes cluster.local 10.0.0.0/15',
      '.',
      'cluster.local 0.10.in-addr.arpa 1.10.in-addr.arpa',
    ],
    ['kubernetes dns://cluster.local:5353', '.', 'cluster.local'],
    ['kubernetes a.org a.org', '.', 'a.org'],
    ['kubernetes cluster.local', 'svc.cluster.local', 'cluster.local'],
  ];
  test.for(zones)('%s in a server block of %s', ([directive, keys, expected]) => {
    const { block, problems } = read(directive, keys);
    expect(problems).toEqual([]);
    expect(block?.zone.zones.join(' ')).toBe(expected);
  });

  const options: [option: string, pick: (block: KubernetesBlock) => unknown, value: unknown][] = [
    ['ttl 0', ({ zone }) => zone.ttl, 0],
    ['ttl 3600', ({ zone }) => zone.ttl, 3600],
    ['ttl +7', ({ zone }) => zone.ttl, 7],
    ['pods verified', ({ zone }) => zone.pods, 'verified'],
    ['pods insecure\npods disabled', ({ zone }) => zone.pods, 'disabled'],
    ['endpoint_pod_names', ({ zone }) => zone.endpointPodNames, true],
    ['noendpoints', ({ zone }) => zone.noEndpoints, true],
    ['clusterip endpoints', ({ zone }) => zone.clusterIpEndpoints, true],
    ['endpoints dns', ({ zone }) => zone.endpointsDns, true],
    ['multicluster', ({ zone }) => zone.multicluster, undefined],
    ['multicluster cluster.local', ({ zone }) => zone.multicluster, ['cluster.local']],
    ['ignore empty_service', ({ zone }) => zone.ignoreEmptyService, true],
    ['ignore', ({ zone }) => zone.ignoreEmptyService, false],
    ['namespaces a b\nnamespaces c a', ({ zone }) => zone.namespaces, ['a', 'b', 'c']],
    ['labels app in (x, y)', ({ zone }) => zone.labels.text, 'app in (x, y)'],
    [
      'labels app in (x, y)',
      ({ zone }) => [zone.labels.matches(new Map([['app', 'y']])), zone.labels.matches(new Map())],
      [true, false],
    ],
    ['namespace_labels env=prod', ({ zone }) => zone.namespaceLabels.text, 'env=prod'],
    ['manifests a /b\nmanifests c', ({ manifests }) => manifests, ['/etc/a', '/b', '/etc/c']],
    [
      'manifests kustomize:dev helm:web?values=a.yaml',
      ({ manifests }) => manifests,
      ['kustomize:/etc/dev', 'helm:/etc/web?values=/etc/a.yaml'],
    ],
    ['exclude a *.json\nexclude b a', ({ exclude }) => exclude, ['a', '*.json', 'b']],
    ['endpoint http://a http://b', ({ api }) => api.endpoints, ['http://a', 'http://b']],
    ['tls c k a', ({ api }) => api.tls, { certificate: 'c', key: 'k', authority: 'a' }],
    ['kubeconfig f', ({ api }) => api.kubeconfig, { file: 'f', context: undefined }],
    ['kubeconfig f ctx', ({ api }) => api.kubeconfig, { file: 'f', context: 'ctx' }],
    ['apiserver_qps 1.5', ({ api }) => api.qps, 1.5],
    ['apiserver_burst 10', ({ api }) => api.burst, 10],
    ['apiserver_max_inflight 4', ({ api }) => api.maxInFlight, 4],
    ['startup_timeout 1m30s', ({ api }) => api.startupTimeoutMs, 90_000],
    [
      'tls c k a\nkubeconfig f',
      ({ api }) => api.written.map(({ text }) => text),
      ['tls', 'kubeconfig'],
    ],
  ];
  test.for(options)('%s', ([option, pick, value]) => {
    const { block, problems } = read(`kubernetes {\n${option}\n}`);
    expect(problems).toEqual([]);
    expect(block && pick(block)).toEqual(value);
  });

  test.for([
    ['fallthrough', ['']],
    ['fallthrough in-addr.arpa 10.0.0.0/8', ['in-addr.arpa', '10.in-addr.arpa']],
  ] as const)('%s', ([option, expected]) => {
    const { block, problems } = read(`kubernetes {\n${option}\n}`);
    expect(block?.fallthrough).toEqual(expected);
    expect(problems).toEqual([]);
  });

  test('zones that no query reaches are left out, with a warning', () => {
    const { block, problems } = read('kubernetes cluster.local in-addr.arpa', 'cluster.local');
    expect(block?.zone.zones).toEqual(['cluster.local']);
    expect(problems).toEqual([
      'Corefile:2:1: warning: kubernetes: no query for in-addr.arpa reaches this server block, which serves cluster.local [COREFILE_ZONE_UNREACHED]',
    ]);
  });

  test('the zone that PTR records point into, although only the reverse zone is reached', () => {
    const { block, problems } = read('kubernetes cluster.local in-addr.arpa', '10.0.0.0/8');
    expect(block?.zone.zones).toEqual(['cluster.local', 'in-addr.arpa']);
    expect(problems).toEqual([]);
  });

  test('zones that another server block with the directive serves, without a word', () => {
    const corefile = parse('a.org {\nkubernetes a.org b.org\n}\nb.org {\n}\n');
    const problems = new ProblemList();
    const [first] = corefile.blocks;
    const reachable = corefile.blocks.flatMap(({ keys }) => keys);
    const block = kubernetesIn(first!, around(first!, reachable), problems);
    expect(block?.zone.zones).toEqual(['a.org', 'b.org']);
    expect(problems.all).toEqual([]);
  });

  test.for(['rewrite name suffix .rw.com .svc.cluster.local', 'autopath /etc/resolv.conf'])(
    'zones that no key names, when the block has %s: names in them may be asked for below it',
    (line) => {
      const corefile = parse(`rw.com {\n${line}\nkubernetes cluster.local in-addr.arpa\n}\n`);
      const problems = new ProblemList();
      const served = corefile.blocks[0]!;
      const around = {
        cwd: '/etc',
        reachable: served.keys,
        beside: pluginsIn(served),
        isDirective: (word: string) => DIRECTIVES.has(word),
      };
      const block = kubernetesIn(served, around, problems);
      expect(block?.zone.zones).toEqual(['cluster.local', 'in-addr.arpa']);
      expect(problems.all).toEqual([]);
    },
  );

  test('cluster.local with a typing error, with a hint', () => {
    const { block, problems } = read('kubernetes cluster.locl in-addr.arpa', '.');
    expect(block?.zone.zones).toEqual(['cluster.locl', 'in-addr.arpa']);
    expect(problems).toEqual([
      "Corefile:2:12: hint: kubernetes: answers for cluster.locl, and not for cluster.local: did you mean 'cluster.local'? [COREFILE_ZONE]",
    ]);
  });

  test.for(['cluster.local', 'cluster.locl cluster.local', 'cluster2.local', 'example.org'])(
    '%s, without one',
    (zones) => {
      expect(read(`kubernetes ${zones}`, '.').problems).toEqual([]);
    },
  );

  test('the root zone, with a warning', () => {
    const { block, problems } = read('kubernetes', '.');
    expect(block?.zone.zones).toEqual(['']);
    expect(problems).toEqual([
      'Corefile:2:1: warning: kubernetes: answers for all names, so names outside the cluster do not exist: expected zones, as in kubernetes cluster.local in-addr.arpa ip6.arpa [COREFILE_ZONE]',
    ]);
  });
});

describe('kubernetesIn() refuses', () => {
  const rows: [option: string, problem: string][] = [
    [
      'ttl 3601',
      '3:5: error: plugin/kubernetes: ttl must be in range [0, 3600]: 3601 [COREFILE_OPTION]',
    ],
    [
      'ttl -1',
      '3:5: error: plugin/kubernetes: ttl must be in range [0, 3600]: -1 [COREFILE_OPTION]',
    ],
    [
      'ttl 5s',
      "3:5: error: plugin/kubernetes: Cannot read '5s' as ttl: expected whole seconds, 0 to 3600 [COREFILE_OPTION]",
    ],
    [
      'ttl',
      "3:1: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'ttl': expected at least 1 [COREFILE_OPTION]",
    ],
    ['ttl 30 60', "3:8: warning: plugin/kubernetes: Ignored '60' after ttl 30 [COREFILE_OPTION]"],
    [
      'pods sometimes',
      '3:6: error: plugin/kubernetes: wrong value for pods: sometimes,  must be one of: disabled, verified, insecure [COREFILE_OPTION]',
    ],
    [
      'pods insecure x',
      "3:15: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'pods': expected 1 [COREFILE_OPTION]",
    ],
    [
      'noendpoints yes',
      "3:13: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'noendpoints': expected no argument [COREFILE_OPTION]",
    ],
    [
      'tls a b',
      "3:1: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'tls': expected 3 [COREFILE_OPTION]",
    ],
    [
      'kubeconfig a b c',
      "3:16: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'kubeconfig': expected 1 or 2 [COREFILE_OPTION]",
    ],
    [
      'ignore empty',
      "3:8: error: plugin/kubernetes: unable to parse ignore value: 'empty' [COREFILE_OPTION]",
    ],
    [
      'apiserver_qps -1',
      "3:15: error: plugin/kubernetes: Cannot read '-1' as apiserver_qps: expected 0 or more [COREFILE_OPTION]",
    ],
    [
      'apiserver_burst 1.5',
      "3:17: error: plugin/kubernetes: Cannot read '1.5' as apiserver_burst: expected 0 or more [COREFILE_OPTION]",
    ],
    [
      'startup_timeout soon',
      "3:17: error: plugin/kubernetes: Cannot read 'soon' as startup_timeout: expected a duration, as in 5s [COREFILE_OPTION]",
    ],
    [
      'namespaces a\nnamespace_labels b=c',
      '2:1: error: plugin/kubernetes: namespaces and namespace_labels cannot both be set [COREFILE_OPTION]',
    ],
    [
      'noendpoints\nclusterip endpoints',
      '2:1: error: plugin/kubernetes: noendpoints and clusterip endpoints cannot both be set [COREFILE_OPTION]',
    ],
    [
      'noendpoints\nendpoints dns',
      '2:1: error: plugin/kubernetes: noendpoints and endpoints dns cannot both be set [COREFILE_OPTION]',
    ],
    [
      'clusterip address',
      "3:11: error: plugin/kubernetes: Unknown word 'address': expected clusterip endpoints [COREFILE_OPTION]",
    ],
    [
      'clusterip',
      "3:1: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'clusterip': expected 1 [COREFILE_OPTION]",
    ],
    [
      'endpoints dns now',
      "3:15: error: plugin/kubernetes: Wrong argument count or unexpected line ending after 'endpoints': expected 1 [COREFILE_OPTION]",
    ],
    [
      'zonal',
      '3:1: error: plugin/kubernetes: zonal: known from CoreDNS but not offered yet: names by topology zone (_zone) are not served [COREFILE_NOT_OFFERED]',
    ],
    [
      'multicluster a.org',
      '3:14: error: plugin/kubernetes: is not authoritative for the multicluster zone a.org (authoritative zones: cluster.local, in-addr.arpa) [COREFILE_OPTION]',
    ],
    [
      'manifest zones',
      "3:1: error: plugin/kubernetes: unknown property 'manifest': did you mean 'manifests'? [COREFILE_UNKNOWN_OPTION]",
    ],
    ['xyzzy', "3:1: error: plugin/kubernetes: unknown property 'xyzzy' [COREFILE_UNKNOWN_OPTION]"],
    [
      'upstream',
      "3:1: error: plugin/kubernetes: unknown property 'upstream': CoreDNS removed it: delete the line [COREFILE_UNKNOWN_OPTION]",
    ],
    [
      'cache 30',
      "3:1: error: plugin/kubernetes: unknown property 'cache': it is a directive: is a '}' missing before it? [COREFILE_UNKNOWN_OPTION]",
    ],
    [
      'ttl 5 {\n}',
      "3:1: error: plugin/kubernetes: Unexpected '{' after 'ttl': expected a new line [COREFILE_SYNTAX]",
    ],
    [
      'fallthrough a..b',
      "3:13: error: Cannot use 'a..b' as a zone: Cannot use an empty label in a name [COREFILE_ZONE]",
    ],
  ];
  test.for(rows)('%s', ([option, expected]) => {
    const { block, problems } = read(`kubernetes {\n${option}\n}`);
    expect(problems.filter((text) => !text.includes('NOT_YET'))).toEqual([`Corefile:${expected}`]);
    expect(block === undefined).toBe(expected.includes('error'));
  });

  test('a label selector that means nothing, with the reason of the selector parser', () => {
    const { block, problems } = read('kubernetes {\nlabels a in\n}');
    expect(block).toBeUndefined();
    expect(problems).toEqual([
      expect.stringMatching(
        /^Corefile:3:8: error: plugin\/kubernetes: unable to parse labels selector value: 'a in': .+ \[COREFILE_OPTION\]$/,
      ),
    ]);
  });

  test.for([
    [
      'kubernetes in-addr.arpa',
      '.',
      '2:1: error: plugin/kubernetes: non-reverse zone name must be used',
    ],
    [
      'kubernetes',
      '10.0.0.0/8',
      '2:1: error: plugin/kubernetes: non-reverse zone name must be used',
    ],
    [
      'kubernetes a.org\nkubernetes b.org',
      '.',
      '3:1: error: plugin/kubernetes: this plugin can only be used once per Server Block',
    ],
  ] as const)('%s in a server block of %s', ([directive, keys, expected]) => {
    const { block, problems } = read(directive, keys);
    expect(problems).toEqual([`Corefile:${expected} [COREFILE_OPTION]`]);
    expect(block).toBeUndefined();
  });

  test('zones of which none can be reached', () => {
    const { block, problems } = read('kubernetes cluster.local in-addr.arpa', 'example.org');
    expect(block).toBeUndefined();
    expect(problems.at(-1)).toBe(
      'Corefile:2:1: error: plugin/kubernetes: no zone is left that queries can reach [COREFILE_OPTION]',
    );
  });

  test('networks that stand for more than 1000 zones', () => {
    const { block, problems } = read(
      `kubernetes a.org ${'10.0.0.0/9 10.0.0.0/25 '.repeat(rounds(500, 5000))}`,
      '.',
    );
    expect(block?.zone.zones.length).toBe(1 + 128 + 128);
    expect(problems).toEqual([]);
    const networks = Array.from({ length: 9 }, (_, i) => `10.0.${i}.0/25`).join(' ');
    expect(read(`kubernetes a.org ${networks}`, '.').problems).toEqual([
      'Corefile:2:102: error: plugin/kubernetes: more than 1000 zones [COREFILE_LIMIT]',
    ]);
  });

  test('all mistakes of a block at once', () => {
    const { problems } = read('kubernetes {\nttl 9999\npods x\nnope\n}');
    expect(problems.map((text) => text.slice(0, 18))).toEqual([
      'Corefile:3:5: erro',
      'Corefile:4:6: erro',
      'Corefile:5:1: erro',
    ]);
  });
});

function read(directive: string, keys = 'cluster.local in-addr.arpa') {
  const corefile = parse(`${keys} {\n${directive}\n}`);
  expect(told(corefile.problems)).toEqual([]);
  const problems = new ProblemList();
  const served = corefile.blocks[0]!;
  const block = kubernetesIn(served, around(served), problems);
  return { block, problems: told(problems.all) };
}

function around(block: ServerBlock, reachable = block.keys): KubernetesSurroundings {
  return {
    cwd: '/etc',
    reachable,
    beside: pluginsIn(block),
    isDirective: (word) => DIRECTIVES.has(word),
  };
}
