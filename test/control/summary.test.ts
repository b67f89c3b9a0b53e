import { expect, test } from 'vitest';
import type { LoadSummary, NamespaceSummary } from '../../src/control/summary.ts';
import { mergeSummaries } from '../../src/control/summary.ts';
import type { Problem } from '../../src/kube/problem.ts';

const shop = (clusterIP: number): NamespaceSummary => ({
  ...{
    name: 'shop',
    clusterIP,
    headless: 0,
    externalName: 0,
    endpoints: 0,
    pods: 0,
    external: 0,
    hosts: 0,
  },
});

const wrong: Problem = {
  severity: 'error',
  code: 'X',
  message: 'no',
  origin: { file: 'a.yaml', document: 0, line: 1, column: 1 },
};

const summary = (given: Partial<LoadSummary>): LoadSummary => ({
  files: 1,
  namespaces: [],
  names: 10,
  passedOver: [['Secret', 2]],
  refusedDocuments: 1,
  problems: [wrong],
  ...given,
});

test('mergeSummaries() counts what the same manifests hold once, and names as they are published', () => {
  const a = { manifests: ['/m'], summary: summary({ namespaces: [shop(3)] }) };
  const b = { manifests: ['/m'], summary: summary({ namespaces: [], example: 'web.shop' }) };
  expect(mergeSummaries([a, b])).toEqual(
    summary({ namespaces: [shop(3)], names: 20, example: 'web.shop' }),
  );
});

test('mergeSummaries() adds up what different manifests hold', () => {
  const bank = { ...shop(1), name: 'bank' };
  const a = { manifests: ['/m'], summary: summary({ namespaces: [shop(3)] }) };
  const b = { manifests: ['/n'], summary: summary({ namespaces: [bank, shop(4)] }) };
  expect(mergeSummaries([a, b])).toEqual(
    summary({
      files: 2,
      names: 20,
      namespaces: [bank, shop(7)],
      passedOver: [['Secret', 4]],
      refusedDocuments: 2,
    }),
  );
});

test('mergeSummaries() of none is empty', () => {
  expect(mergeSummaries([])).toMatchObject({ files: 0, names: 0, problems: [] });
});
