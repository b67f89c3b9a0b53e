import { afterAll, beforeAll, expect, test } from 'vitest';
import { output, Running, run } from './command.ts';
import { NetworkNamespace } from './namespace.ts';
import { svcdns, whenReady, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

// Two hosts on one cable. The client asks from networks to which the server's host does not let
// replies go.
const CABLE = 'cable0';
const SERVER = '10.9.0.1';
const METRIC = 'svcdns_udp_replies_dropped_total';
const ADMIN = '127.0.0.1:8053';

let near: NetworkNamespace;
let far: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'dig', 'nft');
  near = await NetworkNamespace.create();
  far = await NetworkNamespace.create();
  await near.connect(far, CABLE);
  await near.addAddress(`${SERVER}/24`, CABLE);
  for (const address of ['10.9.0.99/24', '10.9.1.99/32', '10.9.2.99/32', '10.9.3.99/32']) {
    await far.addAddress(address, CABLE);
  }
  await near.ip('route', 'add', 'unreachable', '10.9.1.0/24');
  await near.ip('route', 'add', '10.9.2.0/24', 'dev', CABLE);
  const rules = [
    'add table ip svcdns',
    'add chain ip svcdns out { type filter hook output priority 0; }',
    'add rule ip svcdns out ip daddr 10.9.2.0/24 drop',
  ];
  await output(near.command(['nft', rules.join('; ')]));
  // 10.9.3.0/24 has no route at all.
  const args = ['--manifests', ZONES, '--listen', ':53', '--admin', ADMIN, '--forward', 'off'];
  server = new Running(near.command(svcdns('serve', ...args)));
  await whenReady(server);
});

afterAll(async () => {
  await server?.stop();
  await near?.remove();
  await far?.remove();
});

test.for([
  ['10.9.1.99', 'EHOSTUNREACH'],
  ['10.9.2.99', 'EPERM'],
  ['10.9.3.99', 'ENETUNREACH'],
] as const)(
  'replies to %s are counted as %s, logged, and keep from nobody else',
  async ([client, reason]) => {
    const question = ['+short', '+tries=1', '+time=1', '+notcp', `@${SERVER}`];
    const name = 'redis.default.svc.cluster.local';
    for (let i = 0; i < 2; i++) {
      const refused = await run(far.command(['dig', '-b', client, ...question, name]));
      expect(refused.stdout).not.toContain('10.99.209.251');
    }
    expect(await run(far.command(['dig', ...question, name]))).toMatchObject({
      stdout: '10.99.209.251\n',
    });
    const fetched = `fetch('http://${ADMIN}/metrics').then((all) => all.text()).then(console.log)`;
    const metrics = await output(near.command([process.execPath, '--eval', fetched]));
    expect(metrics).toContain(`${METRIC}{reason="${reason}"} 2\n`);
    const lines = server.printed.split('\n').filter((line) => line.includes(`"${reason}"`));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', reason, from: SERVER, to: { address: client, port: expect.any(Number) } },
    ]);
  },
);
