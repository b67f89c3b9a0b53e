import { expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.ts';
import { systemClock } from '../../src/support/clock.ts';
import { TestIo } from '../cli/test-io.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { ServerHere } from './server-here.ts';

const WEB = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
`;

test('a running server explains its answers, over HTTP and by the command', async () => {
  const upstream = new FakeUpstream('192.0.2.80');
  const port = await upstream.start();
  const corefile = `.:0 {
    bind 127.0.0.1
    kubernetes cluster.local
    cache 30
    forward . 127.0.0.1:${port}
}
`;
  const server = await ServerHere.start(corefile, WEB);
  const explain = async (query: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.admin.port}/api/explain?${query}`);
    return (await answer.json()) as Explanation;
  };

  const { reason, answeredBy, steps, waste } = await explain('name=web.shop');
  expect(reason.text).toMatch(/^Service shop\/web \(.*objects\.yaml:1:1\)$/);
  expect({ answeredBy, waste: waste.questions }).toEqual({ answeredBy: 1, waste: 1 });
  expect(steps[1]?.records).toMatchObject([{ type: 'A', data: '10.96.0.7', by: 'manifest' }]);
  expect(steps[1]?.block).toMatchObject({ zones: ['.'] });
  expect(steps[1]?.plugins.map(({ plugin, did }) => `${plugin} ${did}`)).toEqual([
    'cache passed',
    'kubernetes answered',
  ]);

  const outside = 'name=www.example.org.';
  expect((await explain(outside)).reason.text).toBe(`upstream 127.0.0.1:${port}`);
  expect((await explain(outside)).reason.text).toMatch(/^an upstream said so \d+ s ago$/);
  expect((await explain(`${outside}&type=AAAA`)).reason.text).toBe(
    `upstream 127.0.0.1:${port} says NOERROR`,
  );

  expect((await explain('name=www.org&type=AAAA')).reason.text).toBe(
    `there is no namespace org; upstream 127.0.0.1:${port} says NOERROR`,
  );

  const args = [
    'explain',
    'wbe.shop.svc.cluster.local.',
    '--server',
    `127.0.0.1:${server.admin.port}`,
  ];
  const { status, stdout } = await run(args);
  expect(status).toBe(1);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    'Why: there is no Service wbe in namespace shop, did you mean web?',
  );

  // What it had before a change is still known after it.
  const before = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  await eventuallyTrue(() => new Date().toISOString() > before.replace('Z', '.999Z'));
  server.setManifests(WEB.replace('10.96.0.7', '10.96.0.8'));
  await eventuallyTrue(async () => {
    const { answer } = await server.ask('web.shop.svc.cluster.local.', 'A');
    return answer[0]?.endsWith('10.96.0.8') === true;
  });
  const earlier = ['explain', 'web.shop', '--at', before, ...args.slice(2)];
  expect((await run(earlier)).stdout).toMatch(
    /^web\.shop\.svc\.cluster\.local\. 5 IN A 10\.96\.0\.7 {2}\(.*objects\.yaml:1:1\)$/m,
  );

  const { code, stdout: reply } = await new TestIo({
    env: {
      SVCDNS_LISTEN: `127.0.0.1:${server.address.port}`,
      SVCDNS_ADMIN: `127.0.0.1:${server.admin.port}`,
    },
    clock: systemClock,
  }).outcome('query wbe.shop.svc.cluster.local');
  expect(code).toBe(1);
  expect(reply).toMatch(
    /\n;; WHY: there is no Service wbe in namespace shop, did you mean web\?\n$/,
  );

  // The last good version of a broken file is answered, and said to be that.
  server.setManifests('kind: [');
  await eventuallyTrue(async () => (await explain('name=web.shop')).reason.code === 'FOUND_KEPT');
  expect((await explain('name=pay.shop.svc.cluster.local.')).reason.code).toBe('NO_SERVICE');
});

async function run(args: readonly string[]): Promise<{ status: number; stdout: string }> {
  const io = new TestIo({ clock: systemClock });
  const { code: status, stdout } = await io.outcome(args.join(' '));
  return { status, stdout };
}
