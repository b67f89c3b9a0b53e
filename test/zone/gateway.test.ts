import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balancer, dnsEndpoint } from '../controllers/hosts/host-text.ts';
import { runs } from '../helpers/runs.ts';
import { GatewayWorld } from './gateway-world.ts';

const hosts = (...names: string[]) =>
  dnsEndpoint('shop/e', ...names.map((name) => `${name} - A 192.0.2.1`));

function worldOf(...names: string[]): GatewayWorld {
  const world = new GatewayWorld();
  world.put('a.yaml', hosts(...names));
  return world;
}

describe('gatewayName() finds', () => {
  // `=` is the name itself, `-` none.
  const rows: [hosts: string, question: string, found: string][] = [
    ['a.example.org', 'a.example.org', '='],
    ['a.example.org', 'b.example.org', '-'],
    ['a.example.org', 'x.a.example.org', '-'],
    ['a.b.example.org', 'b.example.org', '='],
    ['*.example.org', 'x.example.org', '*.example.org.'],
    ['*.example.org', 'y.x.example.org', '*.example.org.'],
    ['*.example.org', '*.example.org', '='],
    ['*.example.org', 'example.org', '='],
    ['*.example.org a.example.org', 'a.example.org', '='],
    // RFC 4592 section 2.2.1: a name that exists is a closer encloser, also without records.
    ['*.example.org a.example.org', 'x.a.example.org', '-'],
    ['*.example.org a.b.example.org', 'b.example.org', '='],
    ['*.example.org a.b.example.org', 'x.b.example.org', '-'],
    ['*.example.org *.b.example.org', 'x.b.example.org', '*.b.example.org.'],
    ['*.example.org *.b.example.org', 'x.c.example.org', '*.example.org.'],
    // Section 2.3: below the asterisk label there is no wildcard.
    ['*.example.org', 'x.*.example.org', '-'],
    ['*.a.example.org', 'a.example.org', '='],
    ['*.a.example.org', 'b.example.org', '-'],
    ['a.example.org', 'dns1.kube-system.example.org', '='],
    ['a.example.org', 'kube-system.example.org', '='],
    ['*.example.org', 'x.kube-system.example.org', '-'],
  ];
  test.for(rows)('with %s for %s: %s', ([names, question, found]) => {
    const name = worldOf(...names.split(' ')).find(question);
    expect(name === `${question}.` ? '=' : (name ?? '-')).toBe(found);
  });

  const label = fc.constantFrom('a', 'b', '*');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const host = fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }))
    .filter(([isWild, labels]) => isWild || labels.length > 0)
    .map(([isWild, labels]) => [...(isWild ? ['*'] : []), ...labels].join('.'));

  test('what the rules of RFC 4592, followed one after the other, find', () => {
    fc.assert(
      fc.property(fc.array(host, { maxLength: 5 }), name, (found, asked) => {
        const world = worldOf(...found.map((one) => `${one}.example.org`));
        const expected = source(found, asked);
        expect(world.find(`${asked}.example.org`)).toBe(expected && `${expected}.example.org.`);
      }),
      { numRuns: runs(300) },
    );
  });
});

/** RFC 4592 section 3.3 word for word, over relative names. */
function source(found: readonly string[], asked: string): string | undefined {
  const all = [...found, 'dns1.kube-system'];
  const exists = (name: string) => all.some((one) => one === name || one.endsWith(`.${name}`));
  if (exists(asked)) return asked;
  const labels = asked.split('.');
  const enclosers = labels.map((_, at) => labels.slice(at + 1).join('.'));
  const closest = enclosers.find((one) => one === '' || exists(one)) ?? '';
  const wildcard = closest === '' ? '*' : `*.${closest}`;
  return exists(wildcard) ? wildcard : undefined;
}

describe('GatewayRule', () => {
  test('says of each name that changed, and of no other', () => {
    const world = worldOf('a.example.org', 'x.b.example.org');
    expect(world.put('b.yaml', dnsEndpoint('bank/e', 'y.b.example.org - A 192.0.2.2'))).toEqual([
      'y.b.example.org.',
    ]);
    expect(world.put('a.yaml', hosts('a.example.org'))).toEqual(['x.b.example.org.']);
    expect(world.put('b.yaml', undefined)).toEqual(['b.example.org.', 'y.b.example.org.']);
    expect(world.put('c.yaml', balancer('bank/web', undefined))).toEqual([]);
  });

  test('publishes the same whatever the order of the files', () => {
    const [one, two] = [new GatewayWorld(), new GatewayWorld()];
    const first = dnsEndpoint('a/e', 'h.example.org - A 192.0.2.1');
    const second = dnsEndpoint('b/e', 'h.example.org - A 192.0.2.2', 'i.example.org - A 192.0.2.3');
    one.put('1.yaml', first);
    one.put('2.yaml', second);
    two.put('1.yaml', second);
    two.put('2.yaml', first);
    expect([...two.names.names()].sort(byKey)).toEqual([...one.names.names()].sort(byKey));
  });

  test('names the server anew when it listens elsewhere, or its Service gets an address', () => {
    const world = new GatewayWorld({ secondary: 'dns2.kube-system' });
    const server = ['dns1.kube-system.example.org.', 'example.org.'];
    expect(world.listen('192.0.2.54')).toEqual(server);
    expect(world.put('a.yaml', balancer('kube-system/dns1', '198.51.100.53'))).toEqual(server);
    expect(world.put('b.yaml', balancer('kube-system/dns2', '198.51.100.54'))).toEqual([
      'dns2.kube-system.example.org.',
      'example.org.',
    ]);
  });

  test('puts a host into the zone with the longest name', () => {
    const world = new GatewayWorld({ zones: ['example.org', 'b.a.example.org'] });
    world.put('a.yaml', hosts('x.b.a.example.org', '*.example.org'));
    expect(world.find('x.b.a.example.org')).toBe('x.b.a.example.org.');
    expect(world.find('y.b.a.example.org')).toBeUndefined();
    // Between the zones stands a name without records.
    expect(world.find('a.example.org')).toBe('a.example.org.');
    expect(world.find('y.a.example.org')).toBeUndefined();
    expect(world.find('y.example.org')).toBe('*.example.org.');
  });
});

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}
