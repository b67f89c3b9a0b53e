import { describe, expect, test } from 'vitest';
import { ProblemList } from '../../src/corefile/problems.ts';
import { DIRECTIVES } from '../../src/plugins/order.ts';
import { resolveDirectives } from '../../src/plugins/resolve-directives.ts';
import { parse, told } from '../corefile/notation.ts';

describe('resolveDirectives', () => {
  const rows: [directive: string, problems: string[]][] = [
    ['kubernetes', []],
    ['bind 127.0.0.1', []],
    ['forward . 1.1.1.1', []],
    ['multisocket 2', []],
    [
      'etcd',
      [
        'Corefile:2:1: error: etcd: known from CoreDNS but not offered: names come from manifests, not from an etcd database [COREFILE_NOT_OFFERED]',
      ],
    ],
    [
      'route53 example.org.:Z1',
      [
        'Corefile:2:1: error: route53: known from CoreDNS but not offered: it needs an account with a cloud provider: names come from manifests here [COREFILE_NOT_OFFERED]',
      ],
    ],
    [
      'kubernets',
      [
        "Corefile:2:1: error: Unknown directive 'kubernets': did you mean 'kubernetes'? [COREFILE_UNKNOWN_DIRECTIVE]",
      ],
    ],
    ['xyzzy', ["Corefile:2:1: error: Unknown directive 'xyzzy' [COREFILE_UNKNOWN_DIRECTIVE]"]],
    [
      'fowrard . 1.1.1.1\nchache',
      [
        "Corefile:2:1: error: Unknown directive 'fowrard': did you mean 'forward'? [COREFILE_UNKNOWN_DIRECTIVE]",
        "Corefile:3:1: error: Unknown directive 'chache': did you mean 'cache'? [COREFILE_UNKNOWN_DIRECTIVE]",
      ],
    ],
    [
      'cache{',
      [
        "Corefile:2:1: error: Unknown directive 'cache{': expected a space between 'cache' and '{' [COREFILE_UNKNOWN_DIRECTIVE]",
      ],
    ],
    ...['""', 'root:$6$tZ0cP:19000:0:99999', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwgg', 'x=y'].map(
      (word): [string, string[]] => [
        word,
        [
          "Corefile:2:1: error: Unknown directive: found no name: expected one such as 'forward' [COREFILE_UNKNOWN_DIRECTIVE]",
        ],
      ],
    ),
    [
      'a\nb\nc\nd\ne\nf\nforward . 1.1.1.1\ng',
      [
        ...['a', 'b', 'c', 'd', 'e'].map(
          (word, at) =>
            `Corefile:${at + 2}:1: error: Unknown directive '${word}' [COREFILE_UNKNOWN_DIRECTIVE]`,
        ),
        'Corefile:7:1: error: 2 more unknown directives from here on: is this a Corefile? [COREFILE_UNKNOWN_DIRECTIVE]',
      ],
    ],
  ];
  test.for(rows)('%s', ([directive, expected]) => {
    const problems = new ProblemList();
    resolveDirectives(parse(`. {\n${directive}\n}`).blocks, problems);
    expect(told(problems.all)).toEqual(expected);
  });

  test('DIRECTIVES holds every plugin of CoreDNS 1.14, k8s_gateway, and our own', () => {
    const all =
      'root metadata geoip cancel proxyproto quic grpc_server https https3 timeouts multisocket reload ' +
      'nsid bufsize bind debug trace ready health pprof shed prometheus errors log dnstap local dns64 any ' +
      'chaos loadbalance tsig rewrite autopath acl explain cache header dnssec tls minimal template transfer hosts ' +
      'route53 azure clouddns k8s_external kubernetes k8s_gateway file auto secondary etcd loop forward grpc erratic ' +
      'whoami on sign view nomad cookies ratelimit';
    expect([...DIRECTIVES.keys()]).toEqual(all.split(' '));
  });
});
