import { describe, expect, test } from 'vitest';
import { keyFromText } from '../../../src/dns/name.ts';
import { specialNames } from '../../../src/plugins/special-names/index.ts';
import { question, replyLines, replyWith, upstream } from '../../helpers/plugin-harness.ts';

const keys = (...zones: string[]) => zones.map(keyFromText);

/** `passed`, or the rcode and where the SOA record of a denial stands. */
async function fate(asked: string, exempt: string[] = [], served: string[] = []): Promise<string> {
  const plugin = specialNames({ exempt: keys(...exempt), served: keys(...served) });
  const next = upstream(replyWith([]));
  const reply = await plugin.serve(question(asked), next);
  if (next.asked.length > 0) return 'passed';
  const [rcode, ...records] = replyLines(reply);
  return [rcode, ...records.map((line) => line.replace(/ .*SOA.*/, ''))].join(' ');
}

describe('specialNames() where nothing is forwarded', () => {
  const names = specialNames({
    exempt: [],
    served: keys('cluster.local', 'cluster.test', 'in-addr.arpa'),
    isLast: true,
  });

  test.for([
    ['localhost. A', true],
    ['www.test. A', true],
    ['www.invalid. A', true],
    ['_dns.resolver.arpa. SVCB', true],
    ['1.0.0.127.in-addr.arpa. PTR', true],
    // A site's own: another of its servers may know them.
    ['printer.local. A', false],
    ['nas.home.arpa. A', false],
    // Of the cluster's zones: it denies them itself.
    ['gone.cluster.local. A', false],
    ['gone.cluster.test. A', false],
    ['1.2.3.10.in-addr.arpa. PTR', false],
    ['example.org. A', false],
  ] as const)('%s: %s', async ([asked, isTaken]) => {
    const next = upstream(replyWith([]));
    await names.serve(question(asked), next);
    expect(next.asked.length === 0).toBe(isTaken);
    expect(names.takes(question(asked).key)).toBe(isTaken);
  });

  test('leaves the target of an alias alone', async () => {
    const next = upstream(replyWith([]));
    await names.serve(question('db.invalid. A', { aliases: keys('a.cluster.local') }), next);
    expect(next.asked).toHaveLength(1);
  });
});

describe('specialNames()', () => {
  test.for([
    ['example.invalid. A', 'NXDOMAIN invalid.'],
    ['a.b.ONION. AAAA', 'NXDOMAIN ONION.'],
    ['name.alt. TXT', 'NXDOMAIN alt.'],
    ['www.test. A', 'NXDOMAIN test.'],
    ['printer.local. A', 'NXDOMAIN local.'],
    ['nas.home.arpa. A', 'NXDOMAIN home.arpa.'],
    ['invalid. A', 'NOERROR invalid.'],
    ['local. SOA', 'NOERROR local.'],
    ['test. DS', 'NOERROR test.'],
    ['_dns.resolver.arpa. SVCB', 'NOERROR resolver.arpa.'],
    ['x.y.resolver.arpa. A', 'NOERROR resolver.arpa.'],
    ['1.2.3.10.in-addr.arpa. PTR', 'NXDOMAIN 10.in-addr.arpa.'],
    ['1.0.15.172.in-addr.arpa. PTR', 'passed'],
    ['1.0.16.172.in-addr.arpa. PTR', 'NXDOMAIN 16.172.in-addr.arpa.'],
    ['1.0.31.172.in-addr.arpa. PTR', 'NXDOMAIN 31.172.in-addr.arpa.'],
    ['1.0.32.172.in-addr.arpa. PTR', 'passed'],
    ['1.1.168.192.in-addr.arpa. PTR', 'NXDOMAIN 168.192.in-addr.arpa.'],
    ['1.0.63.100.in-addr.arpa. PTR', 'passed'],
    ['1.0.64.100.in-addr.arpa. PTR', 'NXDOMAIN 64.100.in-addr.arpa.'],
    ['1.0.127.100.in-addr.arpa. PTR', 'NXDOMAIN 127.100.in-addr.arpa.'],
    ['254.169.254.169.in-addr.arpa. PTR', 'NXDOMAIN 254.169.in-addr.arpa.'],
    ['1.2.0.192.in-addr.arpa. PTR', 'NXDOMAIN 2.0.192.in-addr.arpa.'],
    ['1.100.51.198.in-addr.arpa. PTR', 'NXDOMAIN 100.51.198.in-addr.arpa.'],
    ['1.113.0.203.in-addr.arpa. PTR', 'NXDOMAIN 113.0.203.in-addr.arpa.'],
    ['255.255.255.255.in-addr.arpa. PTR', 'NXDOMAIN 255.in-addr.arpa.'],
    ['3.0.0.127.in-addr.arpa. PTR', 'NXDOMAIN 127.in-addr.arpa.'],
    ['1.0.d.f.ip6.arpa. PTR', 'NXDOMAIN d.f.ip6.arpa.'],
    ['1.B.E.F.ip6.arpa. PTR', 'NXDOMAIN B.E.F.ip6.arpa.'],
    ['1.7.e.f.ip6.arpa. PTR', 'passed'],
    ['1.8.b.d.0.1.0.0.2.ip6.arpa. PTR', 'NXDOMAIN 8.b.d.0.1.0.0.2.ip6.arpa.'],
    ['8.8.8.8.in-addr.arpa. PTR', 'passed'],
    ['in-addr.arpa. SOA', 'passed'],
    ['arpa. NS', 'passed'],
    ['. NS', 'passed'],
    ['example. A', 'passed'],
    ['notinvalid. A', 'passed'],
    ['local.example.org. A', 'passed'],
    ['use-application-dns.net. A', 'passed'],
    ['ipv4only.arpa. AAAA', 'passed'],
  ] as const)('%s → %s', async ([asked, expected]) => {
    expect(await fate(asked)).toBe(expected);
  });

  test('localhost is this machine', async () => {
    expect(await fate('db.localhost. A')).toBe('NOERROR db.localhost. 604800 IN A 127.0.0.1');
  });

  test.for(['home.arpa. DS', 'resolver.arpa. DS', '10.in-addr.arpa. DS', 'd.f.ip6.arpa. DS'])(
    '%s is asked of the parent, which can prove that the zone is not signed',
    async (asked) => {
      expect(await fate(asked)).toBe('passed');
      expect(await fate(`x.${asked}`)).not.toBe('passed');
    },
  );

  test.for([
    ['1.2.3.10.in-addr.arpa. PTR', '10.in-addr.arpa', 'passed'],
    ['1.2.3.10.in-addr.arpa. PTR', 'in-addr.arpa', 'passed'],
    ['1.2.3.10.in-addr.arpa. PTR', '2.3.10.in-addr.arpa', 'passed'],
    ['1.2.4.10.in-addr.arpa. PTR', '3.10.in-addr.arpa', 'NXDOMAIN 10.in-addr.arpa.'],
    ['10.in-addr.arpa. SOA', '10.in-addr.arpa', 'passed'],
    ['www.corp.test. A', 'corp.test', 'passed'],
    ['www.corp.test. A', '.', 'NXDOMAIN test.'],
    ['localhost. A', 'localhost', 'passed'],
    ['corp.local. A', 'ad.corp.local', 'NOERROR local.'],
  ] as const)('%s with %s forwarded on purpose → %s', async ([asked, zone, expected]) => {
    expect(await fate(asked, [zone])).toBe(expected);
  });

  test('a name above a zone that is answered elsewhere exists', async () => {
    expect(await fate('b.test. A', [], ['a.b.test'])).toBe('NOERROR test.');
    expect(await fate('c.test. A', [], ['a.b.test'])).toBe('NXDOMAIN test.');
    expect(await fate('x.a.b.test. A', [], ['a.b.test'])).toBe('NXDOMAIN test.');
  });

  test('an empty zone has the SOA and NS records of RFC 6303 section 3', async () => {
    const lines = async (asked: string) =>
      replyLines(await specialNames({ exempt: [] }).serve(question(asked), upstream()));
    expect(await lines('Home.arpa. SOA')).toEqual([
      'NOERROR',
      'Home.arpa. 10800 IN SOA Home.arpa. nobody.invalid. 1 3600 1200 604800 10800',
    ]);
    expect(await lines('home.arpa. NS')).toEqual(['NOERROR', 'home.arpa. 10800 IN NS home.arpa.']);
  });

  test('a denial says why nobody was asked', async () => {
    const reply = await specialNames({ exempt: [] }).serve(question('x.onion. A'), upstream());
    expect(reply).toMatchObject({
      authoritative: true,
      error: { code: 0, text: 'onion. is not forwarded (RFC 7686)' },
    });
  });

  test('other classes are handed on', async () => {
    const below = replyWith([]);
    const asked = question('x.invalid. A', { qclass: 3 });
    expect(await specialNames({ exempt: [] }).serve(asked, upstream(below))).toBe(below);
  });
});
