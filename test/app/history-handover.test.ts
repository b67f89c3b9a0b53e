import { expect, test } from 'vitest';
import { handOverHistory } from '../../src/app/history-handover.ts';
import type { NameSource } from '../../src/config/name-sources.ts';
import { changeText } from '../../src/control/history/record-change.ts';
import type { RememberedChange } from '../../src/control/history/remembered-change.ts';
import { InProcessServer, ZONE_OPTIONS } from '../helpers/in-process.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import { settled } from '../helpers/plugin-harness.ts';

const WEB = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7 }
`;

const AT = 1_700_000_000;

interface FakeSet {
  readonly manifests?: string;
  readonly zone?: string;
  readonly ttl?: number;
  readonly text?: string;
  readonly isSynced?: boolean;
}

/** A set with one Service, that remembers `text`; `inherited` is what it is given. */
function set({ manifests = '/m', zone = 'a.org', ttl = 5, text, isSynced = true }: FakeSet) {
  const zones = [zone];
  const { namespaces } = manifestWorld(WEB, []);
  const { live } = new InProcessServer({ ttl, zones }).load(namespaces, ['127.0.0.1']);
  live.isSynced = isSynced;
  const inherited: [string, RememberedChange][] = [];
  let sync = () => {};
  const synced = new Promise<void>((resolve) => {
    sync = resolve;
  });
  if (isSynced) sync();
  return {
    source: { manifests: [manifests], zone: { ...ZONE_OPTIONS, zones } } satisfies NameSource,
    live,
    whenSynced: () => synced,
    rememberedChanges: async () => text,
    inheritChanges: (changes: string, change: RememberedChange) =>
      void inherited.push([changes, change]),
    inherited,
    sync,
  };
}

type Sets = readonly ReturnType<typeof set>[];

/** Hands over, and returns what is logged of the Service, then and later. */
async function handedOver(before: Sets, after: Sets): Promise<string[]> {
  const lines: string[] = [];
  const log = {
    info: (line: unknown) => {
      if (String(line).includes(' web.')) lines.push(String(line));
    },
    warn: (error: unknown) => lines.push(String(error)),
  };
  await handOverHistory(before, after, { file: 'Corefile', at: AT, log, later: queueMicrotask });
  return lines;
}

const WITH_TTL_5 = '- web.shop.svc.a.org. 5 IN A 10.96.0.7  (Corefile)';
const WITH_TTL_30 = '+ web.shop.svc.a.org. 30 IN A 10.96.0.7  (Corefile)';

test('handOverHistory() gives the new set what the old one remembers, and what differs', async () => {
  const fresh = set({ ttl: 30 });
  const lines = await handedOver([set({ text: 'old' })], [fresh]);
  expect(lines).toEqual([WITH_TTL_5, WITH_TTL_30]);
  const [changes, change] = fresh.inherited[0]!;
  expect([changes, change.at, change.left]).toEqual(['old', AT, { records: 0, names: 0 }]);
  expect(change.records.slice(-2).map(changeText)).toEqual(lines);
});

test('handOverHistory() finds the old set by its objects and zones, or one of both', async () => {
  const old = [
    set({ manifests: '/m', zone: 'a.org', text: 'm a' }),
    set({ manifests: '/m', zone: 'b.org', text: 'm b' }),
    set({ manifests: '/n', zone: 'c.org', text: 'n c' }),
  ];
  const now = [
    set({ manifests: '/m', zone: 'b.org', ttl: 30 }),
    set({ manifests: '/n', zone: 'd.org' }),
    set({ manifests: '/o', zone: 'a.org' }),
    set({ manifests: '/p', zone: 'p.org' }),
  ];
  await handedOver(old, now);
  expect(now.map(({ inherited }) => inherited.map(([text]) => text))).toEqual([
    ['m b'],
    ['n c'],
    ['m a'],
    [],
  ]);
  const records = now[1]?.inherited[0]?.[1].records.map(changeText);
  expect(records?.filter((one) => one.includes(' web.'))).toEqual([
    '- web.shop.svc.c.org. 5 IN A 10.96.0.7  (Corefile)',
    '+ web.shop.svc.d.org. 5 IN A 10.96.0.7  (Corefile)',
  ]);
});

test('handOverHistory() leaves sets that stay, and those that were never read', async () => {
  const stays = set({ text: 'old' });
  expect(await handedOver([stays], [stays])).toEqual([]);
  const fresh = set({ ttl: 30 });
  expect(await handedOver([set({ text: 'old', isSynced: false })], [fresh])).toEqual([]);
  expect([stays.inherited, fresh.inherited]).toEqual([[], []]);
});

test('handOverHistory() gives nothing where the old thread does not answer', async () => {
  const fresh = set({ ttl: 30 });
  expect(await handedOver([set({})], [fresh])).toEqual([WITH_TTL_5, WITH_TTL_30]);
  expect(fresh.inherited).toEqual([]);
});

test('handOverHistory() does the rest when new names have been read', async () => {
  const fresh = set({ ttl: 30, isSynced: false });
  const lines = await handedOver([set({ text: 'old' })], [fresh]);
  expect([lines, fresh.inherited]).toEqual([[], []]);
  fresh.sync();
  await settled();
  expect(lines).toEqual([WITH_TTL_5, WITH_TTL_30]);
  expect(fresh.inherited.map(([text]) => text)).toEqual(['old']);
});
