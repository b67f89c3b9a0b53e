import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintObjects, MAX_FINDINGS } from '../../src/lint/lint.ts';
import { RULES } from '../../src/lint/rules.ts';
import { rounds } from '../helpers/runs.ts';
import { ROOT } from '../readme-blocks.ts';
import { loadedFrom, loadedText } from './linted.ts';

describe('no rule finds anything in', () => {
  test.for([
    ['the samples', 'zones'],
    ['the manifests of the notes', 'test/fixtures/seeds'],
    ['the manifests of the tutorial', 'docs/tutorial'],
    ['the manifests to deploy svcdns', 'deploy/kubernetes'],
    ['the manifests of CoreDNS', 'test/fixtures/deployments/coredns.yaml'],
  ])('%s', async ([, path]) => {
    const found = lintObjects(await loadedFrom(join(ROOT, path!)));
    expect(found.map(({ message }) => message)).toEqual([]);
  });
});

/** Services, each with a Deployment that asks for the next one; headless ones have a Pod too. */
function dump(services: number): string {
  const nameOf = (at: number) => ({ namespace: `team-${at % 100}`, name: `app-${at}` });
  const items = Array.from({ length: services }, (_, at) => {
    const metadata = nameOf(at);
    const { namespace, name } = nameOf((at + 1) % services);
    const labels = { app: metadata.name };
    const value = `http://${name}.${namespace}.svc.cluster.local:80/`;
    const container = { name: 'app', env: [{ name: 'NEXT_URL', value }] };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    const ip = `10.${at >> 14}.${(at >> 7) & 127}.${at & 127}`;
    const status = { podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] };
    const isHeadless = at % 10 === 0;
    const headless = isHeadless ? { clusterIP: 'None' } : {};
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels }, status };
    const ports = [{ name: 'http', port: 80 }];
    return [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { ...headless, ports, selector: labels },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: { selector: { matchLabels: labels }, template },
      },
      ...(isHeadless ? [pod] : []),
    ];
  });
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: items.flat() });
}

/** Services of the dump. */
const MANY = rounds(300, 10_000);

test('a dump of many Services has no finding, and each rule looks at every one a few times', async () => {
  const loaded = await loadedText(dump(MANY));
  let looks = 0;
  const views = loaded.views.map((view) => ({
    ...view,
    get services() {
      looks += view.services.length;
      return view.services;
    },
  }));
  expect(lintObjects({ ...loaded, views })).toEqual([]);
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThanOrEqual(2 * RULES.length * MANY);
});

test('of one rule no more than 100 findings are shown, and the others are counted', async () => {
  const alias = (at: number) => `apiVersion: v1
kind: Service
metadata: { name: a${at}, namespace: shop }
spec: { type: ExternalName, externalName: example.com. }
---
`;
  const many = Array.from({ length: MAX_FINDINGS + 7 }, (_, at) => alias(at)).join('');
  const found = lintObjects(await loadedText(many));
  expect(found).toHaveLength(MAX_FINDINGS + 1);
  expect(found.at(-1)?.message).toBe(
    '7 more of these are not shown: fix the first 100, or leave the rule out with --disable external-name-final-dot',
  );
});
