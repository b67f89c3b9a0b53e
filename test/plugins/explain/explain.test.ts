import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObjectsAnswer, ObjectsQuestion } from '../../../src/explain/objects-question.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { FilePlane } from '../../control/file-plane.ts';
import { asChange, ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { samples, settled } from '../../helpers/plugin-harness.ts';
import type { QueryEdns } from '../../helpers/query.ts';
import type { Reply } from '../../helpers/reply.ts';
import { runs, soakTest } from '../../helpers/runs.ts';
import { service } from '../../registry/load-text.ts';
import { blocksOf, exchanging } from '../../server/answer/chain-world.ts';

const MANIFESTS = [
  service('shop/web', '{clusterIP: 10.96.0.7, ports: [{name: http, port: 80}]}'),
  service('test/cart', '{clusterIP: 10.96.0.8, ports: [{port: 80}]}'),
  service('shop/db', '{clusterIP: None, selector: {app: db}}'),
  service('shop/old', '{type: ExternalName, externalName: wbe.shop.svc.cluster.local}'),
  service('shop/out', '{type: ExternalName, externalName: www.example.org}'),
].join('');

const WITH = (lines = '') => `. {\n  explain\n  kubernetes cluster.local\n${lines}}\n`;

type Ask = (question: ObjectsQuestion) => Promise<ObjectsAnswer | undefined>;

/** What is unusual about the objects of a server. */
interface Unusual {
  /** Nothing has been read yet. */
  readonly isUnread?: boolean;
  /** All of them are gone, and their deletion is held. */
  readonly isHeld?: boolean;
}

/** A server of these manifests, whose objects answer at once, or by `ask`. */
function serving(corefile: string, ask?: Ask, { isUnread, isHeld }: Unusual = {}) {
  const plane = new FilePlane();
  const live = new LiveZone(ZONE_OPTIONS);
  if (!isUnread) live.apply(asChange(plane.put({ 'a.yaml': MANIFESTS })), 1);
  live.isSynced = !isUnread;
  const source = {
    report: () => plane.report(),
    heldBack: () => (isHeld ? ('deleted' as const) : undefined),
  };
  const asked: ObjectsQuestion[] = [];
  const explainObjects: Ask = (question) => {
    asked.push(question);
    return ask?.(question) ?? Promise.resolve(plane.control.explain(question, source));
  };
  const built = blocksOf(corefile, undefined, { live, zone: ZONE_OPTIONS, explainObjects });
  expect(built.problems).toEqual([]);
  for (const plugin of built.blocks.flatMap(({ plugins }) => plugins)) {
    if (plugin.name === 'explain') void plugin.start?.();
  }
  return { ...built, asked, ask: exchanging(built.blocks).ask };
}

const EDNS = { edns: {} };

/** The texts of the extended errors of a reply, with their codes. */
function reasons({ opt }: Reply): string[] {
  const errors = opt?.options.filter(({ code }) => code === 15) ?? [];
  return errors.map(({ data }) => {
    const bytes = Buffer.from(data);
    return `${bytes.readUInt16BE(0)} ${bytes.toString('utf8', 2)}`;
  });
}

describe('explain', () => {
  test.for([
    [
      'wbe.shop.svc.cluster.local. A',
      '0 there are no names of Service wbe in namespace shop, did you mean web?',
    ],
    ['db.shop.svc.cluster.local. A', '0 there are no names of Service db in namespace shop'],
    ['web.shpo.svc.cluster.local. A', '0 there are no names of namespace shpo, did you mean shop?'],
    ['shpo.svc.cluster.local. A', '0 there are no names of namespace shpo, did you mean shop?'],
    [
      'web.prod.svc.cluster.local. A',
      '0 there are no names of namespace prod; Service web is in namespace shop: ask for web.shop',
    ],
    [
      '_http._tcp.web.prod.svc.cluster.local. SRV',
      '0 there are no names of namespace prod; Service web is in namespace shop: ask for web.shop',
    ],
    ['no.prod.svc.cluster.local. A', '0 there are no names of namespace prod'],
    [
      'cart.shop.svc.cluster.local. A',
      '0 there are no names of Service cart in namespace shop; Service cart is in namespace test: ask for cart.test',
    ],
    [
      'a.web.shop.svc.cluster.local. A',
      '0 there are no names of an endpoint a of Service web in namespace shop',
    ],
    [
      '_x._tcp.web.shop.svc.cluster.local. SRV',
      '0 there are no names of a port x of Service web in namespace shop',
    ],
    ['x.shop.pod.cluster.local. A', '0 there are no names of a Pod x in namespace shop'],
    ['a.b.c.d.default.svc.cluster.local. A', '0 the zone cluster.local has no names of this form'],
    ['9.0.96.10.in-addr.arpa. PTR', '0 no Service and no ready endpoint has the address 10.96.0.9'],
    ['web.shop.svc.cluster.local. AAAA', '0 Service shop/web has no IPv6 address, only IPv4'],
    [
      'web.shop.svc.cluster.local. MX',
      '0 web.shop.svc.cluster.local has no MX records, only A, SRV',
    ],
    ['svc.cluster.local. A', '0 svc.cluster.local has no records: there are only names below it'],
    [
      'old.shop.svc.cluster.local. A',
      '0 an alias to wbe.shop.svc.cluster.local (a CNAME record), and there are no names of Service wbe in namespace shop, did you mean web?',
    ],
  ] as const)('says at once for %s: %s', async ([question, reason]) => {
    expect(reasons(await serving(WITH()).ask(question, EDNS))).toEqual([reason]);
    // The same past the short cut.
    const chained = serving(WITH('  rewrite name regex (.*) {1}\n'));
    expect(reasons(await chained.ask(question, EDNS))).toEqual([reason]);
  });

  test.for([
    ['web.shop.svc.cluster.local. A', EDNS],
    ['wbe.shop.svc.cluster.local. A', {}],
    ['web.shop.svc.cluster.local. AAAA', {}],
  ] as const)('adds nothing to the reply to %s with %j', async ([question, options]) => {
    expect(reasons(await serving(WITH()).ask(question, options))).toEqual([]);
  });

  test('leaves the reasons of others as they are', async () => {
    const { ask } = serving(WITH('  acl {\n    block\n  }\n'));
    const reply = await ask('web.shop.svc.cluster.local. A', EDNS);
    expect(reasons(reply)).toEqual(['18 not allowed for this client']);
  });

  test('says which plugin has said so', async () => {
    const { ask } = serving(WITH('  template ANY ANY test {\n    rcode NXDOMAIN\n  }\n'));
    expect(reasons(await ask('a.test. A', EDNS))).toEqual(['0 plugin template says NXDOMAIN']);
  });

  test('has what the objects say a moment later, and no reply waits for it', async () => {
    const { ask, clock, asked, metrics } = serving(WITH());
    const question = 'wbe.shop.svc.cluster.local. A';
    await ask(question, EDNS);
    expect(asked).toEqual([]);
    clock.advance(1);
    await settled();
    expect(reasons(await ask(question, EDNS))).toEqual([
      '0 there is no Service wbe in namespace shop, did you mean web?',
    ]);
    expect(asked.length).toBe(1);
    expect(await samples(metrics, 'svcdns_explain_reasons')).toEqual([' 1']);
    clock.advance(5000);
    expect(reasons(await ask(question, EDNS))).toEqual([
      '0 there are no names of Service wbe in namespace shop, did you mean web?',
    ]);
  });

  test('asks for eight at a time, and drops the rest', async () => {
    const { ask, clock, asked, metrics } = serving(WITH());
    for (let i = 0; i < 20; i++) await ask(`n${i}.shop.svc.cluster.local. A`, EDNS);
    clock.advance(1);
    await settled();
    expect(asked.map(({ names }) => names.length)).toEqual([8]);
    expect(await samples(metrics, 'svcdns_explain_dropped_total')).toEqual([' 12']);
    await ask('later.shop.svc.cluster.local. A', EDNS);
    clock.advance(499);
    await settled();
    expect(asked.length).toBe(1);
    clock.advance(1);
    await settled();
    expect(asked.length).toBe(2);
  });

  soakTest('keeps at most 8,192 reasons', async () => {
    const { ask, metrics } = serving(WITH());
    for (let i = 0; i < 9000; i++) await ask(`n${i}.shop.svc.cluster.local. A`, EDNS);
    const [count = ''] = await samples(metrics, 'svcdns_explain_reasons');
    expect(Number(count)).toBeLessThanOrEqual(8192);
  });

  test('goes on when the objects do not answer', async () => {
    const { ask, clock } = serving(WITH(), async () => undefined);
    await ask('wbe.shop.svc.cluster.local. A', EDNS);
    clock.advance(1);
    await settled();
    expect(reasons(await ask('wbe.shop.svc.cluster.local. A', EDNS))).toEqual([
      '0 there are no names of Service wbe in namespace shop, did you mean web?',
    ]);
  });

  test.for([
    [
      'why.wbe.shop.svc.cluster.local.',
      'there is no Service wbe in namespace shop, did you mean web?',
    ],
    ['WHY.Web.Shop.svc.cluster.local.', 'Service shop/web (a.yaml:2:1)'],
    [
      'why.db.shop.svc.cluster.local.',
      'headless Service shop/db has no endpoints: its selector app=db matches no Pod and no workload of its namespace',
    ],
    ['why.9.0.96.10.in-addr.arpa.', 'no Service and no ready endpoint has the address 10.96.0.9'],
  ] as const)('answers TXT %s', async ([name, text]) => {
    const { rcode, flags, answer } = await serving(WITH()).ask(`${name} TXT`);
    expect({ rcode, flags, answer }).toEqual({
      rcode: 'NOERROR',
      flags: 'qr aa rd',
      answer: [`${name} 0 IN TXT "${text}"`],
    });
  });

  test.for([
    [{ isUnread: true }, 'not all manifests have been read yet'],
    [
      { isHeld: true },
      'Service shop/web (a.yaml:2:1), which is deleted, and held until a second look at the folder confirms it (--hold-deletions)',
    ],
  ] as const)('answers TXT why of objects in the state %j', async ([unusual, text]) => {
    const { ask } = serving(WITH(), undefined, unusual);
    const { answer } = await ask('why.web.shop.svc.cluster.local. TXT');
    expect(answer).toEqual([`why.web.shop.svc.cluster.local. 0 IN TXT "${text}"`]);
  });

  test.for([
    ['why.www.example.org. TXT', 'REFUSED'],
    ['why.web.shop.svc.cluster.local. A', 'NXDOMAIN'],
    ['whyy.web.shop.svc.cluster.local. TXT', 'NXDOMAIN'],
  ] as const)('answers %s as without it: %s', async ([question, rcode]) => {
    expect((await serving(WITH()).ask(question)).rcode).toBe(rcode);
  });
});

/** All of a reply but its extended error. */
function withoutReason({ bytes: _, opt, ...rest }: Reply) {
  const options = opt?.options.filter(({ code }) => code !== 15);
  return { ...rest, opt: opt && { ...opt, options } };
}

const LONG = 'x'.repeat(63);

const NAMES = [
  `${LONG}.${LONG}.${LONG}.svc`,

  'web.shop.svc',
  'wbe.shop.svc',
  'db.shop.svc',
  'old.shop.svc',
  'out.shop.svc',
  'a.b.c.d.e.svc',
  'shop.svc',
  '1-2-3-4.shop.pod',
  '_http._tcp.web.shop.svc',
  'dns-version',
  'svc',
];

test('changes neither rcode nor sections nor flags, and stays within the size limit', async () => {
  const plain = serving('. {\n  kubernetes cluster.local\n}\n').ask;
  const explaining = serving(WITH()).ask;
  const edns = fc.option(
    fc.record({ size: fc.constantFrom(0, 512, 700, 1232, 4096), do: fc.boolean() }),
    { nil: undefined },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...NAMES),
      fc.constantFrom('A', 'AAAA', 'SRV', 'TXT', 'ANY', 'SOA', 'CNAME', 'PTR', 'AXFR'),
      edns,
      async (name, type, given) => {
        const options = given === undefined ? {} : { edns: given satisfies QueryEdns };
        const question = `${name}.cluster.local. ${type}`;
        // `readReply` throws for a reply that is longer than the client takes.
        const [without, one] = [
          await plain(question, options),
          await explaining(question, options),
        ];
        expect(withoutReason(one)).toEqual(withoutReason(without));
      },
    ),
    { numRuns: runs(2000) },
  );
});
