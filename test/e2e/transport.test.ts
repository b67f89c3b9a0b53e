import { describe, expect, onTestFinished, test } from 'vitest';
import { udpTransport } from '../../src/server/udp/transport.ts';
import { ask } from '../helpers/ask.ts';
import { ServeHere } from '../helpers/serve-here.ts';

/** What `auto` comes to where the tests run: native once `npm run build:native` has been called. */
const AUTO = udpTransport('auto');

async function serve(...args: readonly string[]): Promise<ServeHere> {
  const listen = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--forward', 'off'];
  const started = new ServeHere(['--samples', ...listen, ...args]);
  onTestFinished(() => started.stop());
  await started.until(() => /^Try: /m.test(started.printed), 'start-up text');
  return started;
}

describe('--transport', () => {
  test.for([
    ['dgram', 'dgram', 'dgram'],
    ['auto', AUTO.name, AUTO.missing === undefined ? AUTO.name : `dgram (${AUTO.missing})`],
    ...(AUTO.name === 'native' ? ([['native', 'native', 'native']] as const) : []),
  ] as const)('%s carries queries by %s, which start-up text and metric say', async (row) => {
    const [choice, name, text] = row;
    const started = await serve('--transport', choice);
    expect(started.printed).toContain(`\nUDP transport: ${text}\n`);
    const port = Number(/^Listening on 127\.0\.0\.1:(\d+)/m.exec(started.printed)?.[1]);
    const reply = await ask(
      { address: '127.0.0.1', port },
      'redis.default.svc.cluster.local.',
      'A',
    );
    expect(reply.rcode).toBe('NOERROR');
    const [metrics] = /http:\S+:\d+/.exec(started.printed) ?? [];
    const page = await (await fetch(`${metrics}/metrics`)).text();
    expect(page.match(/^svcdns_udp_transport.*$/gm)).toEqual([
      `svcdns_udp_transport{transport="${name}"} 1`,
    ]);
  });
});
