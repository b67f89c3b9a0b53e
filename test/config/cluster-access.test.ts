import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { nameSources, placesOf } from '../../src/config/name-sources.ts';
import type { CommandLineOptions } from '../../src/config/options.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { told } from '../corefile/notation.ts';

const BUILT_IN = readFileSync(new URL('../../Corefile', import.meta.url), 'utf8');
const STOCK = readFileSync(new URL('../fixtures/corefiles/kubeadm', import.meta.url), 'utf8');
const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const IN_POD = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const IMAGE = { SVCDNS_MANIFESTS: '/manifests' };
const KUBECONFIG = `current-context: x
contexts: [{name: x, context: {cluster: x}}]
clusters: [{name: x, cluster: {server: "https://x"}}]`;

interface World {
  readonly corefile?: string;
  readonly options?: CommandLineOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | null>>;
  readonly paths?: readonly string[];
}

function load({ corefile, options = {}, env = {}, files = {}, paths }: World) {
  return loadSettings({
    options: corefile === undefined ? options : { config: 'c/Corefile', ...options },
    env: { HOME: '/home/u', ...env },
    cwd: '/here',
    packageRoot: '/pkg',
    paths,
    mustFind: true,
    files: memoryFiles({
      '/pkg/Corefile': BUILT_IN,
      '/here/m': null,
      '/here/c/Corefile': corefile ?? '',
      '/here/k': KUBECONFIG,
      '/here/c/k': KUBECONFIG,
      '/home/u/.kube/config': KUBECONFIG,
      ...files,
    }),
    interfaces: {},
  });
}

const block = (...lines: string[]) => `.:53 {\nkubernetes a.org {\n${lines.join('\n')}\n}\n}`;
const pod = (files: Readonly<Record<string, string | null>> = {}) => ({ [TOKEN]: 'x', ...files });

describe('loadSettings() takes objects', () => {
  test.each<[string, World, string[]]>([
    ['of --kubeconfig', { options: { kubeconfig: 'k' } }, ['/here/k']],
    ['of a context', { options: { kubeconfig: 'k', context: 'x' } }, ['/here/k, context x']],
    ['of --kube', { options: { kube: 'on' } }, ['/home/u/.kube/config']],
    [
      'of --kube and KUBECONFIG',
      { options: { kube: 'on' }, env: { KUBECONFIG: '/here/k:/here/c/k' } },
      ['/here/k:/here/c/k'],
    ],
    [
      'of manifests over those of --kubeconfig',
      { options: { kubeconfig: 'k', manifests: ['m'] } },
      ['/here/k', '/here/m'],
    ],
    [
      'of a command over those of --kubeconfig',
      { options: { kubeconfig: 'k' }, paths: ['/here/m'] },
      ['/here/k', '/here/m'],
    ],
    ['of kubeconfig in a block', { corefile: block('kubeconfig k x') }, ['/here/c/k, context x']],
    [
      'of both in a block',
      { corefile: block('kubeconfig k', 'manifests ../m') },
      ['/here/c/k', '/here/m'],
    ],
    ['of endpoint', { corefile: block('endpoint https://api:6443') }, ['https://api:6443']],
    [
      'of paths instead of what a block names',
      { corefile: block('endpoint https://api:6443'), paths: ['/here/m'] },
      ['/here/m'],
    ],
    [
      'of its Pod, with the stock Corefile and the image',
      { corefile: STOCK, env: { ...IN_POD, ...IMAGE }, files: pod({ '/manifests': null }) },
      ['https://10.96.0.1:443'],
    ],
    [
      'of the folder of the image, when something is in it',
      {
        corefile: STOCK,
        env: { ...IN_POD, ...IMAGE },
        files: pod({ '/manifests': null, '/manifests/a.yaml': 'x' }),
      },
      ['/manifests'],
    ],
    [
      'of the folder of the image outside of Pods, whatever is in it',
      { corefile: STOCK, env: IMAGE, files: { '/manifests': null } },
      ['/manifests'],
    ],
    [
      'of the folder zones, also in a Pod',
      { env: IN_POD, files: pod({ '/here/zones': null }) },
      ['/here/zones'],
    ],
    ['of its Pod without a folder zones', { env: IN_POD, files: pod() }, ['https://10.96.0.1:443']],
  ])('%s', (_, world, places) => {
    const { settings, problems } = load(world);
    expect(told(problems).filter((text) => text.includes('error'))).toEqual([]);
    expect(nameSources(settings!).flatMap(placesOf)).toEqual(places);
  });

  test.each<[string, World, string]>([
    [
      'a kubeconfig that is not there',
      { options: { kubeconfig: 'gone' } },
      '--kubeconfig: error: Cannot read /here/gone: there is no such file [CONFIG_KUBECONFIG]',
    ],
    [
      'a context that is not there, where the Corefile names it',
      { corefile: block('kubeconfig k other') },
      'c/Corefile:2:1: error: /here/c/k has no context "other": expected one of x [CONFIG_KUBECONFIG]',
    ],
    [
      'a context without a kubeconfig',
      { options: { manifests: ['m'], context: 'x' } },
      '--context: error: Cannot choose a context of no kubeconfig: expected --kubeconfig or --kube too [CONFIG_KUBECONFIG]',
    ],
    [
      'a context of a cluster that is switched off',
      { options: { manifests: ['m'], kube: 'off', context: 'x' } },
      '--context: error: Cannot choose a context of no kubeconfig: expected --kubeconfig or --kube too [CONFIG_KUBECONFIG]',
    ],
    [
      '--kube for a block that names manifests',
      { corefile: block('manifests ../m'), options: { kube: 'on' } },
      '--kube: error: Cannot follow --kube and c/Corefile:2:1, which says which manifests to read, in kubernetes: expected only one of them [CONFIG_KUBECONFIG]',
    ],
  ])('but not %s', (_, world, problem) => {
    const { settings, problems } = load(world);
    expect(told(problems).filter((text) => text.includes('error'))).toEqual([problem]);
    expect(settings).toBeUndefined();
  });

  test('with the limits of the block', () => {
    const lines = ['kubeconfig k', 'apiserver_qps 50', 'apiserver_burst 99', 'startup_timeout 9s'];
    const { settings } = load({ corefile: block(...lines, 'apiserver_max_inflight 4') });
    expect(nameSources(settings!)[0]?.cluster).toMatchObject({
      limits: { qps: 50, burst: 99, maxInFlight: 4 },
      startupTimeoutMs: 9000,
    });
  });
});
