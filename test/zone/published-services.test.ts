import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyFromText } from '../../src/dns/name.ts';
import { atOnce } from '../../src/support/pieces.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';
import { runs } from '../helpers/runs.ts';

const ZONES = ['cluster.local', 'sub.cluster.local', '10.in-addr.arpa'];

const zoneWith = () => new LiveZone({ ...ZONE_OPTIONS, zones: ZONES });

function applyTo(live: LiveZone, put: readonly string[], gone: readonly string[] = []): void {
  const keys = put.map(keyFromText);
  const names = keys.map(() => packName(0, []));
  live.apply({ keys, names, gone: gone.map(keyFromText) }, live.serial + 1);
}

/** All that is known of each zone. */
function known(live: LiveZone) {
  const { services, zones } = live;
  return zones.map((zone) => ({
    namespaces: [...(services?.namespaces(zone) ?? [])]
      .sort()
      .map((name) => [name, [...(services?.of(name, zone) ?? [])].sort()]),
    has: ['web', 'db'].filter((name) => services?.has(name, zone)),
  }));
}

describe('PublishedServices', () => {
  test('is not kept before somebody asks for it', () => {
    const live = zoneWith();
    applyTo(live, ['web.shop.svc.cluster.local']);
    expect(live.services).toBeUndefined();
  });

  test('has Services and namespaces of each zone, and no other names', () => {
    const live = zoneWith();
    applyTo(live, ['svc.cluster.local', 'shop.svc.cluster.local', 'web.shop.svc.cluster.local']);
    atOnce(live.indexServices());
    const more = ['a.web.shop.svc.cluster.local', 'web.shop.pod.cluster.local', 'x.cluster.local'];
    applyTo(live, [...more, '7.0.0.10.in-addr.arpa', 'db.data.svc.sub.cluster.local']);
    expect(known(live)).toEqual([
      { namespaces: [['shop', ['web']]], has: ['web'] },
      { namespaces: [['data', ['db']]], has: ['db'] },
      { namespaces: [], has: [] },
    ]);
  });

  test('is gathered to the end by the next who asks, when one has left off', () => {
    const live = zoneWith();
    applyTo(
      live,
      ['web', 'db', 'a'].map((name) => `${name}.shop.svc.cluster.local`),
    );
    live.indexServices().next();
    atOnce(live.indexServices());
    atOnce(live.indexServices());
    expect(known(live)[0]?.namespaces).toEqual([['shop', ['a', 'db', 'web']]]);
  });

  test('law: it is what the table has, however that came about', () => {
    const service = fc.tuple(
      fc.constantFrom('web', 'db', 'a'),
      fc.constantFrom('shop', 'test'),
      fc.constantFrom('svc.cluster.local', 'svc.sub.cluster.local'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(service)), (states) => {
        const [before, after] = [zoneWith(), zoneWith()];
        atOnce(before.indexServices());
        let last: readonly string[] = [];
        for (const state of states) {
          const namespaces = state.map(([, ...namespace]) => namespace.join('.'));
          const names = [...new Set([...namespaces, ...state.map((labels) => labels.join('.'))])];
          const gone = last.filter((name) => !names.includes(name));
          for (const live of [before, after]) applyTo(live, names, gone);
          last = names;
        }
        atOnce(after.indexServices());
        expect(known(before)).toEqual(known(after));
      }),
      { numRuns: runs(200) },
    );
  });
});
