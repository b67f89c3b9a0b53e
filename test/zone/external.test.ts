import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Controllers } from '../../src/controllers/controllers.ts';
import { keyFromText, type NameKey, parentOf, textOf } from '../../src/dns/name.ts';
import { type NameChanges, NameCompiler } from '../../src/zone/compiler.ts';
import { ExternalRule } from '../../src/zone/external.ts';
import { extraKey } from '../../src/zone/extra-names.ts';
import type { PackedName } from '../../src/zone/packed-name.ts';
import { isExtraKey } from '../../src/zone/table.ts';
import { viewChanges } from '../controllers/view-changes.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { runs } from '../helpers/runs.ts';
import { Manifests, service } from '../registry/load-text.ts';

const EXTERNAL = {
  zones: ['example.org', '2.0.192.in-addr.arpa'],
  apex: 'dns',
  ttl: 5,
  headless: true,
};
const OPTIONS = { ...blockOptions(['cluster.local'], []), external: EXTERNAL };

const outside = (ref: string, ...ips: string[]) =>
  service(ref, `{externalIPs: [${ips.join()}], ports: [{name: http, port: 80}]}`);

/** What manifests come to, one file after the other. */
class Names {
  readonly compiler = new NameCompiler(new ExternalRule(OPTIONS, EXTERNAL));
  readonly published = new Map<NameKey, PackedName>();
  readonly #manifests = new Manifests();
  readonly #controllers = new Controllers(OPTIONS);

  put(file: string, text: string | undefined): NameChanges {
    const { registry } = this.#manifests;
    const news = viewChanges(this.#controllers, registry, this.#manifests.deltas([[file, text]]));
    const changes = this.compiler.update({ ...news, serverAddresses: ['192.0.2.53'] });
    for (const [key, name] of changes) {
      if (name === null) this.published.delete(key);
      else this.published.set(key, name);
    }
    return changes;
  }
}

/** `+` for a name that is new or other, `-` for one that is gone. */
function shown(changes: NameChanges): string[] {
  return [...changes]
    .map(([key, name]) => `${name === null ? '-' : '+'} ${textOf(key.slice(1) as NameKey)}`)
    .sort();
}

describe('ExternalRule', () => {
  test('keeps its names apart from those of the cluster', () => {
    const changes = new Names().put('a.yaml', outside('shop/web', '192.0.2.1'));
    expect([...changes.keys()].every(isExtraKey)).toBe(true);
    expect(changes.has(extraKey('external', keyFromText('web.shop.example.org')))).toBe(true);
  });

  test('says nothing about what did not change', () => {
    const names = new Names();
    names.put('a.yaml', outside('shop/web', '192.0.2.1') + outside('shop/db', '192.0.2.2'));
    // The same objects, read anew.
    expect(
      shown(
        names.put('a.yaml', outside('shop/web', '192.0.2.1') + outside('shop/db', '192.0.2.2')),
      ),
    ).toEqual([]);
    expect(shown(names.put('b.yaml', service('bank/inner')))).toEqual(['+ bank.example.org.']);
  });

  test('tells the names of what did change, and of nothing else', () => {
    const names = new Names();
    names.put('a.yaml', outside('shop/web', '192.0.2.1') + outside('shop/db', '192.0.2.2'));
    expect(
      shown(
        names.put('a.yaml', outside('shop/web', '192.0.2.3') + outside('shop/db', '192.0.2.2')),
      ),
    ).toEqual([
      '+ 3.2.0.192.in-addr.arpa.',
      '+ _http._tcp.web.shop.example.org.',
      '+ web.shop.example.org.',
      '- 1.2.0.192.in-addr.arpa.',
    ]);
    expect(shown(names.put('a.yaml', outside('shop/web', '192.0.2.3')))).toEqual([
      '- 2.2.0.192.in-addr.arpa.',
      '- _http._tcp.db.shop.example.org.',
      '- _tcp.db.shop.example.org.',
      '- db.shop.example.org.',
    ]);
  });

  test('follows the pools of MetalLB', () => {
    const names = new Names();
    const pool = (range: string) => `---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: pool, namespace: metallb-system }
spec: { addresses: [${range}] }
`;
    names.put('web.yaml', service('shop/web', '{type: LoadBalancer, ports: [{port: 80}]}'));
    expect(shown(names.put('pool.yaml', pool('192.0.2.4/32')))).toEqual([
      '+ 4.2.0.192.in-addr.arpa.',
      '+ metallb-system.example.org.',
      '+ web.shop.example.org.',
    ]);
    expect(shown(names.put('pool.yaml', pool('192.0.2.5/32')))).toEqual([
      '+ 5.2.0.192.in-addr.arpa.',
      '+ web.shop.example.org.',
      '- 4.2.0.192.in-addr.arpa.',
    ]);
  });

  test('publishes the same after any edits as for the manifests alone', () => {
    const ref = fc.constantFrom('shop/web', 'shop/db', 'bank/web');
    const ips = fc.uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'), {
      minLength: 1,
    });
    const text = fc
      .array(fc.tuple(ref, ips), { maxLength: 3 })
      .map((all) =>
        [...new Map(all)]
          .map(([one, addresses]) => outside(one, ...addresses.map((ip) => `"${ip}"`)))
          .join(''),
      );
    const edit = fc.tuple(fc.constantFrom('a.yaml', 'b.yaml'), fc.option(text, { nil: undefined }));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const names = new Names();
        for (const [file, content] of edits) names.put(file, content);
        const fresh = new Names();
        for (const [file, content] of new Map(edits)) fresh.put(file, content);
        const sorted = (all: Names) => [...all.published].sort(([a], [b]) => (a < b ? -1 : 1));
        for (const key of names.published.keys()) {
          const parent = parentOf(key.slice(1) as NameKey);
          const isZone = EXTERNAL.zones.some((zone) => keyFromText(zone) === key.slice(1));
          // RFC 8020: what has a name below it exists.
          expect(isZone || names.published.has(extraKey('external', parent))).toBe(true);
        }
        // The zone itself is there from the first look on.
        if (edits.length > 0) expect(sorted(names)).toEqual(sorted(fresh));
      }),
      { numRuns: runs(100) },
    );
  });
});
