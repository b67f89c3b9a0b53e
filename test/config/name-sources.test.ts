import { describe, expect, test } from 'vitest';
import { stateFiles } from '../../src/config/name-sources.ts';
import { selector } from '../helpers/block-options.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

describe('stateFiles()', () => {
  const files = (zone: Partial<typeof ZONE_OPTIONS> = {}, ...manifests: string[]) =>
    stateFiles('/state', { manifests, zone: { ...ZONE_OPTIONS, ...zone } });

  test('are called by digits alone, in the folder', () => {
    const { addresses, names } = files({}, '/k8s');
    expect(addresses).toMatch(/^\/state\/[0-9a-f]{16}\.addresses$/);
    expect(names).toMatch(/^\/state\/[0-9a-f]{16}\.names$/);
  });

  test('are the same for the same source', () => {
    expect(files({}, '/a', '/b')).toEqual(files({}, '/a', '/b'));
  });

  test('are others for other manifests and zones', () => {
    const all = [
      files({}, '/a'),
      files({}, '/b'),
      files({}, '/a', '/b'),
      files({ zones: ['cluster.local'] }, '/a'),
    ];
    expect(new Set(all.map(({ addresses }) => addresses)).size).toBe(4);
    expect(new Set(all.map(({ names }) => names)).size).toBe(4);
  });

  test('with other options are those of the same addresses, and of names of their own', () => {
    const first = files({}, '/a');
    for (const zone of [
      { pods: 'verified' as const },
      { labels: selector('a=b') },
      { noEndpoints: true },
    ]) {
      const second = files(zone, '/a');
      expect(second.addresses).toBe(first.addresses);
      expect(second.names).not.toBe(first.names);
      expect(second.source).not.toBe(first.source);
    }
  });

  test('with another TTL are the same: a restored name is answered with one of its own', () => {
    const external = { zones: ['example.org'], apex: 'dns', ttl: 5, headless: false };
    const gateway = {
      zones: ['example.net'],
      apex: 'dns1.kube-system',
      secondary: '',
      resources: [],
      ingressClasses: [],
      gatewayClasses: [],
      serviceLabels: '',
      ingressService: '',
      ttl: 60,
    };
    const first = files({ external, gateway }, '/a');
    for (const zone of [
      { external, gateway, ttl: 6 },
      { external: { ...external, ttl: 6 }, gateway },
      { external, gateway: { ...gateway, ttl: 61 } },
    ]) {
      expect(files(zone, '/a')).toEqual(first);
    }
    const other = files({ external: { ...external, apex: 'ns' }, gateway }, '/a');
    expect(other.names).not.toBe(first.names);
  });
});
