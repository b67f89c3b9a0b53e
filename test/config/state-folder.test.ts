import { describe, expect, test } from 'vitest';
import { givenOptions, optionSettings } from '../../src/config/given-options.ts';
import { stateFiles } from '../../src/config/name-sources.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { selector } from '../helpers/block-options.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

const HOME = { HOME: '/home/ada' };

describe('the folder of the state', () => {
  test.for([
    [undefined, HOME, '/home/ada/.local/state/svcdns'],
    [undefined, { ...HOME, XDG_STATE_HOME: '/xdg' }, '/xdg/svcdns'],
    [undefined, { ...HOME, XDG_STATE_HOME: 'relative' }, '/home/ada/.local/state/svcdns'],
    [
      undefined,
      { ...HOME, XDG_STATE_HOME: '/xdg', STATE_DIRECTORY: '/var/lib/svcdns:/b' },
      '/var/lib/svcdns',
    ],
    [undefined, { ...HOME, STATE_DIRECTORY: '' }, '/home/ada/.local/state/svcdns'],
    [undefined, { ...HOME, SVCDNS_STATE: 'here' }, '/cwd/here'],
    ['/there', { ...HOME, SVCDNS_STATE: 'here', STATE_DIRECTORY: '/b' }, '/there'],
    ['there/', HOME, '/cwd/there'],
    ['off', HOME, undefined],
    [undefined, { ...HOME, SVCDNS_STATE: 'off' }, undefined],
    [undefined, { HOME: '/' }, undefined],
    [undefined, { HOME: '' }, undefined],
    [undefined, {}, undefined],
  ] as const)('of --state %s with %o is %s', ([state, env, folder]) => {
    const options = state === undefined ? {} : { state };
    const problems = new ProblemList();
    const given = givenOptions(options, env, problems);
    expect(optionSettings(given, { env, cwd: '/cwd' }, problems).state).toBe(folder);
  });
});

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
