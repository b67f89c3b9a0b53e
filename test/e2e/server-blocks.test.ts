import type { Answer } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ScriptedUpstream } from './scripted-upstream.ts';

const external = (name: string, target: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { type: ExternalName, externalName: ${target} }
---`;

const WEB = 'web.shop.svc.cluster.local.';
const LOOPBACK_PTR = '1.0.0.127.in-addr.arpa.';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
  folder.write(
    'zones/shop.yaml',
    `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 80 }] }
---
${external('out', 'www.example.org')}
${external('corp', 'db.corp.invalid')}
${external('here', 'there.shop.svc.two.example')}
${external('there', 'here.shop.svc.cluster.local')}
`.replace(/---\s*$/, ''),
  );
});

afterEach(() => {
  folder.dispose();
});

/** A server with this Corefile, gone when the test is; questions go to `port`, or to its first. */
async function serverWith(corefile: string, options: { forward?: readonly string[] } = {}) {
  const isBuiltIn = corefile === '';
  const given = isBuiltIn
    ? { listen: ['127.0.0.1:0'], admin: 'off', manifests: [`${folder.path}/zones`], ...options }
    : { config: folder.write('Corefile', corefile) };
  const { settings, problems } = loadSettings({ options: given, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  const logged: Record<string, unknown>[] = [];
  const log = createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) });
  const metrics = new Metrics();
  const app = await startAppHere(settings, { log, metrics });
  onTestFinished(() => app.close());
  await app.whenSynced();
  const address = '127.0.0.1';
  const ask = async (name: string, type = 'A', port = app.addresses[0]!.port) => {
    const reply = await askServer({ address, port }, name, type, { edns: {} });
    const data = Buffer.from(reply.opt?.options[0]?.data ?? []);
    return { ...reply, error: data.toString('latin1', 2) };
  };
  const lines = (plugin: string) => logged.filter((line) => line['plugin'] === plugin);
  return { logged, lines, metrics, ask };
}

/** An upstream that has an address for every name. */
async function upstream(): Promise<{ readonly port: number; readonly asked: readonly string[] }> {
  const answers = (name: string): Answer[] => [{ type: 'A', name, data: '192.0.2.1', ttl: 60 }];
  const scripted = new ScriptedUpstream(answers);
  onTestFinished(() => scripted.stop());
  return { port: await scripted.start(), asked: scripted.asked };
}

describe('a server block of a special zone, or of one below it, with `forward .`', () => {
  test.for([
    ['consul.local', 'svc.consul.local.'],
    ['foo.local cluster2.local', 'web.shop.svc.cluster2.local.'],
    ['local', 'printer.local.'],
    ['home.arpa', 'nas.home.arpa.'],
    ['10.in-addr.arpa', '1.2.3.10.in-addr.arpa.'],
    ['10.96.0.0/16', '1.2.96.10.in-addr.arpa.'],
    ['in-addr.arpa ip6.arpa', '1.2.96.10.in-addr.arpa.'],
    ['.:0 corp.test', 'www.corp.test.'],
  ] as const)('%s has it: %s is forwarded', async ([keys, name]) => {
    const { port, asked } = await upstream();
    const all = keys
      .split(' ')
      .map((key) => key.replace(/(:0)?$/, ':0'))
      .join(' ');
    const other = all.startsWith('.') ? '' : `.:0 {\nbind 127.0.0.1\nforward . 127.0.0.1:1\n}\n`;
    const { ask } = await serverWith(
      `${other}${all} {\nbind 127.0.0.1\nerrors\ncache 30\nforward . 127.0.0.1:${port}\n}\n`,
    );
    const { rcode, answer } = await ask(name);
    expect([rcode, ...answer]).toEqual(['NOERROR', `${name} 30 IN A 192.0.2.1`]);
    expect(asked).toEqual([`${name.slice(0, -1)} a`]);
  });

  test('leaves its neighbours where they are', async () => {
    const { port, asked } = await upstream();
    const { ask } = await serverWith(
      `.:0 consul.local:0 {\nbind 127.0.0.1\nforward . 127.0.0.1:${port}\n}\n`,
    );
    expect((await ask('consul2.local.')).rcode).toBe('NXDOMAIN');
    expect((await ask('1.2.3.10.in-addr.arpa.', 'PTR')).rcode).toBe('NXDOMAIN');
    expect(asked).toEqual([]);
  });
});

describe('forwarding from one server block to another on a port of its own', () => {
  const block = (port: number, ...lines: string[]) =>
    `.:${port} {\nbind 127.0.0.1\nlog\nerrors\n${lines.join('\n')}\n}\n`;
  const inFlight = (metrics: Metrics) => async () =>
    /^svcdns_forward_in_flight 0$/m.test(await metrics.text());

  test('is forwarding like any other', async () => {
    const { port, asked } = await upstream();
    const { ask, logged } = await serverWith(
      block(27_130, 'forward . 127.0.0.1:27131 127.0.0.1:27132', 'loop') +
        block(27_131, `forward . 127.0.0.1:${port}`, 'loop') +
        block(27_132, `forward . 127.0.0.1:${port}`, 'loop'),
    );
    const { rcode, answer } = await ask('www.example.org.', 'A', 27_130);
    expect([rcode, ...answer]).toEqual(['NOERROR', 'www.example.org. 60 IN A 192.0.2.1']);
    expect(asked).toEqual(['www.example.org a']);
    expect(logged.filter(({ msg }) => String(msg).includes('this server itself'))).toEqual([]);
  });

  test('leaves out its own sockets, and no others', async () => {
    const { port } = await upstream();
    const { ask, logged } = await serverWith(
      block(27_133, 'forward . 127.0.0.1:27133 127.0.0.1:27134') +
        block(27_134, `forward . 127.0.0.1:${port}`),
    );
    expect((await ask('www.example.org.', 'A', 27_133)).rcode).toBe('NOERROR');
    const own = logged.filter(({ msg }) => String(msg).includes('this server itself'));
    expect(own.map(({ upstream: one }) => one)).toEqual(['127.0.0.1:27133']);
  });

  test.for([
    [
      'two blocks',
      block(27_135, 'forward . 127.0.0.1:27136') + block(27_136, 'forward . 127.0.0.1:27135'),
      7, // the client's, and at most three tries each way
    ],
    [
      'three blocks, two of which are both asked',
      block(27_135, 'forward . 127.0.0.1:27136 127.0.0.1:27137') +
        block(27_136, 'forward . 127.0.0.1:27135') +
        block(27_137, 'forward . 127.0.0.1:27135'),
      13,
    ],
  ] as const)(
    'in a circle of %s costs few queries, and ends with SERVFAIL',
    async ([, corefile, most]) => {
      const { ask, lines, metrics } = await serverWith(corefile);
      const replies = await Promise.all(
        Array.from({ length: 20 }, () => ask('www.example.org.', 'A', 27_135)),
      );
      expect(new Set(replies.map(({ rcode }) => rcode))).toEqual(new Set(['SERVFAIL']));
      await expect.poll(inFlight(metrics)).toBe(true);
      const arrived = lines('log').filter(({ name }) => name === 'www.example.org.');
      expect(arrived.length).toBeGreaterThan(20);
      expect(arrived.length).toBeLessThanOrEqual(19 + most);
    },
  );
});

describe('special names where nothing is forwarded', () => {
  test('are answered by the built-in Corefile with --forward off', async () => {
    const { ask } = await serverWith('', { forward: ['off'] });
    const shown = async (name: string, type = 'A') => {
      const { rcode, answer } = await ask(name, type);
      return [rcode, ...answer].join(' ');
    };
    expect(await shown('localhost.')).toBe('NOERROR localhost. 604800 IN A 127.0.0.1');
    expect(await shown('a.localhost.', 'AAAA')).toBe('NOERROR a.localhost. 604800 IN AAAA ::1');
    expect(await shown(LOOPBACK_PTR, 'PTR')).toBe(
      `NOERROR ${LOOPBACK_PTR} 604800 IN PTR localhost.`,
    );
    expect(await shown('www.invalid.')).toBe('NXDOMAIN');
    expect(await shown('www.onion.')).toBe('NXDOMAIN');
    expect(await shown('printer.local.')).toBe('REFUSED');
    expect(await shown('www.example.org.')).toBe('REFUSED');
    expect(await shown(WEB)).toBe(`NOERROR ${WEB} 5 IN A 10.96.0.7`);
    // An alias that leads outside stands alone: whoever asked may know more of it.
    expect(await shown('corp.shop.svc.cluster.local.')).toBe(
      'NOERROR corp.shop.svc.cluster.local. 5 IN CNAME db.corp.invalid.',
    );
    // The zones of `kubernetes` deny their own names, with their own SOA record.
    const missing = await ask('9.9.9.10.in-addr.arpa.', 'PTR');
    expect([missing.rcode, missing.authority[0]]).toEqual([
      'NXDOMAIN',
      expect.stringMatching(/^in-addr\.arpa\. 5 IN SOA /),
    ]);
  });

  test.for(['log', 'cache', 'acl {\nallow\n}'])('are answered beside %s', async (line) => {
    const { ask } = await serverWith(
      `.:0 {\nbind 127.0.0.1\n${line}\nkubernetes cluster.local {\nmanifests zones\n}\n}\n`,
    );
    expect((await ask('localhost.')).answer).toEqual([
      expect.stringMatching(/^localhost\. \d+ IN A 127\.0\.0\.1$/),
    ]);
    expect((await ask('corp.shop.svc.cluster.local.')).answer).toHaveLength(1);
    expect((await ask('www.example.org.')).rcode).toBe('REFUSED');
  });

  test('are none of the business of a block of other zones', async () => {
    const { ask } = await serverWith(
      'cluster.local:0 {\nbind 127.0.0.1\nkubernetes {\nmanifests zones\n}\n}\n' +
        'localhost:0 {\nbind 127.0.0.1\nhosts local.hosts {\n10.0.0.1 localhost\n}\n}\n',
    );
    expect((await ask('www.invalid.')).rcode).toBe('REFUSED');
    expect((await ask('localhost.')).answer).toEqual(['localhost. 3600 IN A 10.0.0.1']);
  });
});

describe('a question whose answer is an alias', () => {
  const TWO_ZONES =
    'cluster.local:0 {\nbind 127.0.0.1\nlog\nerrors\nkubernetes {\nmanifests zones\n}\n}\n' +
    'two.example:0 {\nbind 127.0.0.1\nlog\nerrors\nkubernetes {\nmanifests zones\n}\n}\n';

  test('is one line of `log`', async () => {
    const { port } = await upstream();
    const { ask, lines } = await serverWith(
      `.:0 {\nbind 127.0.0.1\nlog\nerrors\nkubernetes cluster.local {\nmanifests zones\n}\nforward . 127.0.0.1:${port}\n}\n`,
    );
    expect((await ask('out.shop.svc.cluster.local.')).answer).toHaveLength(2);
    expect(lines('log').map(({ name, rcode }) => [name, rcode])).toEqual([
      ['out.shop.svc.cluster.local.', 'NOERROR'],
    ]);
  });

  test('has what another block has for its target, also where `kubernetes` stands alone', async () => {
    const { ask } = await serverWith(
      'cluster.local:0 {\nbind 127.0.0.1\nkubernetes {\nmanifests zones\n}\n}\n' +
        'example.org:0 {\nbind 127.0.0.1\nhosts org.hosts {\n192.0.2.1 www.example.org\n}\n}\n',
    );
    expect((await ask('out.shop.svc.cluster.local.')).answer).toEqual([
      'out.shop.svc.cluster.local. 5 IN CNAME www.example.org.',
      'www.example.org. 3600 IN A 192.0.2.1',
    ]);
    expect((await ask('corp.shop.svc.cluster.local.')).answer).toHaveLength(1);
  });

  test('in a circle over two zones is SERVFAIL with the reason and no record, and one line', async () => {
    const { ask, lines } = await serverWith(TWO_ZONES);
    const reply = await ask('here.shop.svc.cluster.local.');
    expect([reply.rcode, reply.answer]).toEqual(['SERVFAIL', []]);
    expect(reply.error).toBe('CNAME chain leads round in a circle to here.shop.svc.cluster.local.');
    expect(lines('log').map(({ name, rcode }) => [name, rcode])).toEqual([
      ['here.shop.svc.cluster.local.', 'SERVFAIL'],
    ]);
    expect(lines('errors').map(({ name }) => name)).toEqual(['here.shop.svc.cluster.local.']);
  });
});

describe('a missing name that falls through', () => {
  const MISSING = 'web.nowhere.svc.cluster.local.';
  const blockWith = (...lines: string[]) =>
    `.:0 {\nbind 127.0.0.1\nkubernetes cluster.local {\nmanifests zones\nfallthrough\n}\n${lines.join('\n')}\n}\n`;

  test.for([
    [],
    ['log'],
    ['acl {\nallow\n}'],
    ['hosts no.hosts {\n10.0.0.1 other.cluster.local\nfallthrough\n}'],
    ['forward other.cluster.local 127.0.0.1:1'],
  ])('to plugins that do not take it does not exist: %j', async (lines) => {
    const { ask } = await serverWith(blockWith(...lines));
    const { rcode, authority } = await ask(MISSING);
    expect([rcode, ...authority]).toEqual([
      'NXDOMAIN',
      expect.stringMatching(/^cluster\.local\. 5 IN SOA /),
    ]);
  });

  test('is forwarded, although `local` is not', async () => {
    const { port, asked } = await upstream();
    const { ask } = await serverWith(blockWith(`forward . 127.0.0.1:${port}`));
    expect((await ask(MISSING)).answer).toHaveLength(1);
    expect(asked).toEqual([`${MISSING.slice(0, -1)} a`]);
  });

  test.for([
    ['in-addr.arpa', 'NXDOMAIN'],
    ['10.in-addr.arpa', 'NOERROR'],
  ] as const)(
    'is forwarded for a private address with fallthrough %s: %s',
    async ([zone, rcode]) => {
      const { port } = await upstream();
      const { ask } = await serverWith(
        `.:0 {\nbind 127.0.0.1\nkubernetes cluster.local in-addr.arpa {\nmanifests zones\nfallthrough ${zone}\n}\nforward . 127.0.0.1:${port}\n}\n`,
      );
      expect((await ask('1.2.3.10.in-addr.arpa.')).rcode).toBe(rcode);
    },
  );

  test('is what another plugin says of it', async () => {
    const { ask } = await serverWith(blockWith('whoami'));
    expect((await ask(MISSING)).rcode).toBe('NOERROR');
  });
});

test('a block whose `rewrite` leads into the zone of its `kubernetes` answers', async () => {
  const { ask } = await serverWith(
    'rw.com:0 {\nbind 127.0.0.1\nrewrite name suffix .rw.com .svc.cluster.local answer auto\nkubernetes cluster.local {\nmanifests zones\n}\n}\n',
  );
  const { rcode, answer } = await ask('web.shop.rw.com.');
  expect([rcode, ...answer]).toEqual(['NOERROR', 'web.shop.rw.com. 5 IN A 10.96.0.7']);
});
