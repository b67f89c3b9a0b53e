import { describe, expect, test } from 'vitest';
import {
  manifestPaths,
  readManifests,
  renderedSource,
  shownManifests,
} from '../../../../src/sources/folder/render/rendered-source.ts';

describe('readManifests() and back', () => {
  test.for([
    ['k8s', '/w/k8s', 'k8s'],
    ['/k8s', '/k8s', '/k8s'],
    ['Kustomize:k8s', '/w/Kustomize:k8s', 'Kustomize:k8s'],
    ['./helm:x', '/w/helm:x', 'helm:x'],
    ['kustomize:k8s/dev/', 'kustomize:/w/k8s/dev', 'kustomize:k8s/dev'],
    ['kustomize:.', 'kustomize:/w', 'kustomize:.'],
    ['kustomize:../a?b', 'kustomize:/a?b', 'kustomize:/a?b'],
    ['helm:web', 'helm:/w/web', 'helm:web'],
    ['helm:web.tgz?', 'helm:/w/web.tgz', 'helm:web.tgz'],
    [
      'helm:web?values=a.yaml&values=/b.yaml&release=r&namespace=shop',
      'helm:/w/web?values=/w/a.yaml&values=/b.yaml&release=r&namespace=shop',
      'helm:web?values=a.yaml&values=/b.yaml&release=r&namespace=shop',
    ],
  ])('%s', ([text, manifests, shown]) => {
    expect(readManifests(text as string, '/w')).toEqual({ value: manifests });
    expect(shownManifests(manifests as string, '/w')).toBe(shown);
  });

  test.for([
    ['kustomize:', 'expected the folder of a kustomization on this machine'],
    ['helm:?values=x', 'expected the folder or .tgz file of a chart on this machine'],
    ['kustomize:https://github.com/a/b', 'nothing is fetched: expected the folder of a'],
    ['https://a.org/b.yaml', 'nothing is fetched: expected a folder or file on this machine, or -'],
    ['helm:oci://ghcr.io/a/b', 'nothing is fetched: expected the folder or .tgz file of a'],
    ['helm:web?value=x', "found 'value', expected values, release or namespace"],
    ['helm:web?values', 'expected a file behind values='],
    ['helm:web?release=--debug', "found release '--debug', expected lower-case letters"],
    [`helm:web?release=${'a'.repeat(54)}`, 'expected lower-case letters, digits and -, at most 53'],
    ['helm:web?namespace=', "found namespace '', expected the name of one"],
  ] as const)('%s is refused', ([text, fault]) => {
    expect(readManifests(text, '/w')).toEqual({ fault: expect.stringContaining(fault) });
    expect(readManifests(text, '/w')).toEqual({ fault: expect.stringMatching(/^Cannot use '/) });
  });
});

test.for([
  ['/k8s', undefined, ['/k8s']],
  ['kustomize:/dev', { kind: 'kustomize', folder: '/dev' }, ['/dev']],
  [
    'helm:/web',
    { kind: 'helm', chart: '/web', values: [], release: 'release-name', namespace: 'default' },
    ['/web'],
  ],
  [
    'helm:/web?values=/a=b&values=/c&release=r&release=s&namespace=n',
    { kind: 'helm', chart: '/web', values: ['/a=b', '/c'], release: 's', namespace: 'n' },
    ['/web', '/a=b', '/c'],
  ],
] as const)('renderedSource(%s)', ([manifests, source, paths]) => {
  expect(renderedSource(manifests)).toEqual(source);
  expect(manifestPaths(manifests)).toEqual(paths);
});
