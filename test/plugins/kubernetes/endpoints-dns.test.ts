import { describe, expect, test } from 'vitest';
import { Rcode } from '../../../src/dns/codes.ts';
import { keyFromText, textOf } from '../../../src/dns/name.ts';
import { Kubernetes } from '../../../src/plugins/kubernetes/index.ts';
import type { Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import type { ZoneOptions } from '../../../src/zone/options.ts';
import { headlessService, manifestFile, sliceText } from '../../compliance/tables/manifest-text.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { InProcessServer } from '../../helpers/in-process.ts';
import { manifestWorld } from '../../helpers/manifest-world.ts';
import { question, replyLines, replyWith, settled } from '../../helpers/plugin-harness.ts';

const annotated = (name: string, hosts: string, spec = 'clusterIP: 10.96.0.7') => `
kind: Service
metadata: { name: ${name}, namespace: shop, annotations: { svcdns.dev/endpoints-dns: "${hosts}" } }
spec: { ${spec}, ports: [{ name: http, port: 80, targetPort: 8080 }] }`;

const alias = (name: string, target: string) => `
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { type: ExternalName, externalName: ${target} }`;

/** Each names all of them. */
const CIRCLE = Array.from({ length: 16 }, (_, at) => `c${at}`);

const MANIFESTS = manifestFile(
  annotated('web', 'web-1, WEB_2.'),
  annotated('bare', 'web-1', 'clusterIP: None'),
  // The annotation counts, not the addresses that others have written down.
  sliceText('shop/bare', '{ addresses: [10.9.9.9] }', '{ port: 1 }'),
  headlessService('shop/fq', '{ name: http, port: 80 }'),
  sliceText(
    'shop/fq',
    '{ addresses: [a.example.org] }, { addresses: [b.example.org], conditions: { ready: false } }',
    '{ name: http, port: 8443 }',
    { family: 'FQDN' },
  ),
  headlessService('shop/mixed', '{ name: http, port: 80 }'),
  sliceText('shop/mixed', '{ addresses: [10.1.1.1] }', '{ name: http, port: 8080 }'),
  sliceText('shop/mixed', '{ addresses: [a.example.org] }', '{ name: http, port: 8443 }', {
    suffix: '2',
    family: 'FQDN',
  }),
  alias('ext', 'web.shop.svc.cluster.local'),
  annotated('self', 'self.shop.svc.cluster.local'),
  annotated('ping', 'pong.shop.svc.cluster.local'),
  annotated('pong', 'ping.shop.svc.cluster.local'),
  annotated('own', 'plain.shop.svc.cluster.local'),
  ...CIRCLE.map((name) =>
    annotated(name, CIRCLE.map((one) => `${one}.shop.svc.cluster.local`).join(',')),
  ),
  headlessService('shop/wide', '{ port: 80 }'),
  sliceText(
    'shop/wide',
    Array.from({ length: 30 }, (_, at) => `{ addresses: [h${at}.example.org] }`).join(', '),
    '{ port: 80 }',
    { family: 'FQDN' },
  ),
  headlessService('shop/plain'),
  sliceText('shop/plain', '{ addresses: [10.2.2.2] }', ''),
);

const NXDOMAIN = errorReply('forward', Rcode.NXDOMAIN);
const NODATA = errorReply('forward', Rcode.NOERROR);
const SERVFAIL = errorReply('forward', Rcode.SERVFAIL, 22, 'no upstream answered');

/** The server with one `kubernetes` and, below it, upstreams that know these names. */
function serving(
  known: Readonly<Record<string, Reply | Promise<Reply>>>,
  options: Partial<ZoneOptions> = {},
) {
  const { live } = new InProcessServer({ endpointsDns: true, ...options }).load(
    manifestWorld(MANIFESTS, []).namespaces,
  );
  const asked: string[] = [];
  const clock = new FakeClock();
  const upstream = async (request: Request) => {
    asked.push(textOf(request.key));
    return known[textOf(request.key)] ?? NXDOMAIN;
  };
  const resolve = (request: Request) => kubernetes.serve(request, upstream);
  const rotation = () => 0;
  const kubernetes = new Kubernetes({ live, fallthrough: undefined, resolve, clock, rotation });
  const ask = (text: string) => kubernetes.serve(question(text), upstream);
  return { ask, asked, clock, live };
}

const WEB = 'web.shop.svc.cluster.local.';
const SOA =
  'cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1700000000 7200 1800 86400 5';

describe('endpoints dns', () => {
  test('gives the addresses of all names under the Service, for as long as the least of them', async () => {
    const { ask, asked } = serving({
      'web-1.': replyWith(['web-1. 600 IN A 172.18.0.2', 'web-1. 600 IN A 172.18.0.3']),
      'web_2.': replyWith([
        'web_2. 3 IN CNAME c7.',
        'c7. 600 IN A 172.18.0.4',
        'c7. 600 IN A 172.18.0.2',
      ]),
    });
    const reply = await ask(`${WEB} A`);
    expect(replyLines(reply)).toEqual([
      'NOERROR',
      `${WEB} 3 IN A 172.18.0.2`,
      `${WEB} 3 IN A 172.18.0.3`,
      `${WEB} 3 IN A 172.18.0.4`,
    ]);
    expect(reply.authoritative).toBe(true);
    expect(asked).toEqual(['web-1.', 'web_2.']);
  });

  test('never answers for longer than ttl says, in the letters of the question', async () => {
    const { ask } = serving({ 'web-1.': replyWith(['web-1. 600 IN AAAA fd00::2']) });
    const name = 'WEB.shop.svc.Cluster.local.';
    expect(replyLines(await ask(`${name} AAAA`))).toEqual(['NOERROR', `${name} 5 IN AAAA fd00::2`]);
  });

  test.for([
    ['a headless Service: the annotation comes before its slices', 'bare', ['172.18.0.2']],
    ['a port name', '_http._tcp.web', ['172.18.0.2']],
    ['a port name without underscores', 'http.tcp.web', ['172.18.0.2']],
    ['ready names of an FQDN slice', 'fq', ['172.18.0.9']],
    ['FQDN slices and addresses together', 'mixed', ['10.1.1.1', '172.18.0.9']],
    ['a name that is a Service of ours', 'own', ['10.2.2.2']],
  ] as const)('%s', async ([, service, addresses]) => {
    const { ask, asked } = serving({
      'web-1.': replyWith(['web-1. 60 IN A 172.18.0.2']),
      'a.example.org.': replyWith(['a.example.org. 60 IN A 172.18.0.9']),
    });
    const name = `${service}.shop.svc.cluster.local.`;
    expect(replyLines(await ask(`${name} A`))).toEqual([
      'NOERROR',
      ...addresses.map((address) => `${name} 5 IN A ${address}`),
    ]);
    expect(asked).not.toContain('b.example.org.');
  });

  test('an ExternalName that leads to it has its CNAME, then the addresses', async () => {
    const { ask } = serving({ 'web-1.': replyWith(['web-1. 2 IN A 172.18.0.2']) });
    expect(replyLines(await ask('ext.shop.svc.cluster.local. A'))).toEqual([
      'NOERROR',
      `ext.shop.svc.cluster.local. 5 IN CNAME ${WEB}`,
      `${WEB} 2 IN A 172.18.0.2`,
    ]);
  });

  test.for([
    ['all missing', NXDOMAIN, NXDOMAIN, ['NOERROR', SOA]],
    ['without such an address', NODATA, NODATA, ['NOERROR', SOA]],
    ['one without, one failing', NODATA, SERVFAIL, ['NOERROR', SOA]],
    ['one missing, one failing', NXDOMAIN, SERVFAIL, ['SERVFAIL']],
    ['all failing', SERVFAIL, SERVFAIL, ['SERVFAIL']],
    ['a name and a failing one', 'good', SERVFAIL, ['NOERROR', `${WEB} 5 IN A 172.18.0.2`]],
  ] as const)('names that are %s', async ([, first, second, expected]) => {
    const good = replyWith(['web-1. 60 IN A 172.18.0.2']);
    const { ask } = serving({ 'web-1.': first === 'good' ? good : first, 'web_2.': second });
    const reply = await ask(`${WEB} A`);
    expect(replyLines(reply)).toEqual(expected);
    const why = 'no addresses of web';
    if (expected[0] === 'SERVFAIL') {
      expect(reply.error?.code).toBe(22);
      expect(reply.error?.text).toMatch(`${why}`);
      expect(reply.error?.text).toMatch(/: no upstream answered$/);
    }
  });

  test('a failing name leaves the addresses of slices in place', async () => {
    const { ask } = serving({ 'a.example.org.': SERVFAIL });
    const name = 'mixed.shop.svc.cluster.local.';
    expect(replyLines(await ask(`${name} A`))).toEqual(['NOERROR', `${name} 5 IN A 10.1.1.1`]);
  });

  test('half a second after the first addresses, the other names are not waited for', async () => {
    const never = new Promise<Reply>(() => {});
    const { ask, clock } = serving({
      'web-1.': never,
      'web_2.': replyWith(['web_2. 60 IN A 172.18.0.4']),
    });
    let reply: Reply | undefined;
    void ask(`${WEB} A`).then((came) => {
      reply = came;
    });
    await settled();
    clock.advance(499);
    await settled();
    expect(reply).toBeUndefined();
    clock.advance(1);
    await settled();
    expect(reply && replyLines(reply)).toEqual(['NOERROR', `${WEB} 5 IN A 172.18.0.4`]);
    expect(clock.timers).toBe(0);
  });

  test('at most 16 names are asked, however many a slice has', async () => {
    const { ask, asked } = serving({});
    await ask('wide.shop.svc.cluster.local. A');
    expect(asked).toEqual(Array.from({ length: 16 }, (_, at) => `h${at}.example.org.`));
  });

  test('at most 256 addresses are taken', async () => {
    const records = Array.from(
      { length: 300 },
      (_, at) => `web-1. 60 IN A 10.7.${at >> 8}.${at & 255}`,
    );
    const { ask } = serving({ 'web-1.': replyWith(records) });
    expect((await ask(`${WEB} A`)).answer).toHaveLength(256);
  });

  test.for(['self', 'ping', 'c0'])(
    '%s, which leads back to itself, ends with SERVFAIL',
    async (service) => {
      const { ask, asked } = serving({});
      const reply = await ask(`${service}.shop.svc.cluster.local. A`);
      expect(replyLines(reply)).toEqual(['SERVFAIL']);
      expect(reply.error?.text).toContain('CNAME chain of over 10 links');
      expect(asked).toEqual([]);
    },
  );

  test.for([
    [`${WEB} SRV`, ['NOERROR', `${WEB} 5 IN SRV 0 50 8080 ${WEB}`]],
    [
      'fq.shop.svc.cluster.local. SRV',
      ['NOERROR', 'fq.shop.svc.cluster.local. 5 IN SRV 0 100 8443 fq.shop.svc.cluster.local.'],
    ],
    [`${WEB} TXT`, ['NOERROR', SOA]],
    [`${WEB} TYPE65280`, ['NOERROR', SOA]],
  ] as const)('%s asks nobody', async ([text, lines]) => {
    const { ask, asked } = serving({});
    expect(replyLines(await ask(text))).toEqual(lines);
    expect(asked).toEqual([]);
  });

  test('without the option, nothing of it counts', async () => {
    const { ask, asked } = serving({}, { endpointsDns: false });
    expect(replyLines(await ask(`${WEB} A`))).toEqual(['NOERROR', `${WEB} 5 IN A 10.96.0.7`]);
    expect(replyLines(await ask('fq.shop.svc.cluster.local. A'))).toEqual(['NXDOMAIN', SOA]);
    expect(asked).toEqual([]);
  });

  test('with clusterip endpoints the annotation comes first too', async () => {
    const { ask } = serving(
      { 'web-1.': replyWith(['web-1. 60 IN A 172.18.0.2']) },
      { clusterIpEndpoints: true },
    );
    expect(replyLines(await ask(`${WEB} A`))).toEqual(['NOERROR', `${WEB} 5 IN A 172.18.0.2`]);
  });

  test('the names are in no record that is published', () => {
    const { live } = serving({});
    const key = keyFromText('web.shop.svc.cluster.local');
    const name = live.find(key, live.zones[0]!);
    expect(name?.hosts?.map(textOf)).toEqual(['web-1.', 'web_2.']);
    expect(name?.answers.map(({ type }) => type)).toEqual([33]);
  });
});
