import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output, type Running, run } from './command.ts';
import { NetworkNamespace } from './namespace.ts';
import { startIn, svcdns } from './server.ts';
import { requireTools } from './tools.ts';

// Two hosts on one cable. The server has several addresses there: a reply from a socket that is
// bound to none of them would leave from the first, and the client would not know it for its own
// (dig says "reply from unexpected source").
const CABLE = 'cable0';
const ADDRESSES = ['10.9.0.1', '10.9.0.2', '10.9.0.3', 'fd00:9::1', 'fd00:9::2'];
const LATER = ['10.9.0.4', 'fd00:9::4'];
const QUESTION = ['+short', '+tries=1', '+time=2', 'redis.default.svc.cluster.local', 'A'];
const ANSWER = '10.99.209.251\n';

let near: NetworkNamespace;
let far: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'dig');
  near = await NetworkNamespace.create();
  far = await NetworkNamespace.create();
  await near.connect(far, CABLE);
  for (const address of ADDRESSES) await near.addAddress(withPrefix(address), CABLE);
  for (const address of ['10.9.0.99/24', 'fd00:9::99/64']) await far.addAddress(address, CABLE);
  server = await startIn(near);
});

afterAll(async () => {
  await server?.stop();
  await near?.remove();
  await far?.remove();
});

describe('--listen :53', () => {
  test.each(ADDRESSES)('a reply over UDP to %s leaves from there', async (address) => {
    const { stdout } = await run(far.command(['dig', '+notcp', `@${address}`, ...QUESTION]));
    expect(stdout).toBe(ANSWER);
  });

  test.each(ADDRESSES)('TCP is answered on %s', async (address) => {
    const { stdout } = await run(far.command(['dig', '+tcp', `@${address}`, ...QUESTION]));
    expect(stdout).toBe(ANSWER);
  });

  test('ns.dns.cluster.local has the addresses that others can ask, as the NS record says', async () => {
    const ns = await output(far.command(['dig', '+short', '@10.9.0.1', 'cluster.local', 'NS']));
    expect(ns).toBe('ns.dns.cluster.local.\n');
    const a = await output(
      far.command(['dig', '+short', '@10.9.0.1', 'ns.dns.cluster.local', 'A']),
    );
    expect(a.trim().split('\n')).toEqual(
      expect.arrayContaining(['10.9.0.1', '10.9.0.2', '10.9.0.3']),
    );
  });

  test('an address that comes later is answered on, one that goes takes nothing with it', async () => {
    for (const address of LATER) await near.addAddress(withPrefix(address), CABLE);
    await near.ip('address', 'delete', withPrefix('10.9.0.3'), 'dev', CABLE);
    for (const address of LATER) {
      await server.until(async () => {
        const dig = await run(far.command(['dig', '+notcp', `@${address}`, ...QUESTION]));
        return dig.stdout === ANSWER;
      });
    }
    const { stdout } = await run(far.command(['dig', '+notcp', '@10.9.0.1', ...QUESTION]));
    expect(stdout).toBe(ANSWER);
    expect(server.isRunning).toBe(true);
  });

  test('a second server on the same port ends at once and says who holds it', async () => {
    const argv = svcdns('serve', '--listen', '10.9.0.1:53', '--admin', 'off');
    const second = await run(near.command(argv));
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`10.9.0.1:53`);
    expect(second.stderr).toContain(`held by svcdns (pid ${server.pid})`);
  });
});

function withPrefix(address: string): string {
  return address.includes(':') ? `${address}/64` : `${address}/24`;
}
