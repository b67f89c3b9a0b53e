import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AskHealth, askHealth, HealthPoll } from '../../src/admin/health-poll.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

const HERE = { address: '127.0.0.1', port: 8080 };
const THERE = { address: '127.0.0.1', port: 8081 };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A poll of a server that takes `ms` and then answers, or not. */
function polling({ ms = 0, isWell = () => true }: { ms?: number; isWell?: () => boolean } = {}) {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const lines: string[] = [];
  const log = createLoggerTo('info', { write: (line) => void lines.push(line) });
  const asked: number[] = [];
  const ask: AskHealth = async ({ port }) => {
    asked.push(port);
    await new Promise<void>((done) => clock.setTimeout(done, ms));
    if (!isWell()) throw new Error('refused');
  };
  const poll = new HealthPoll({ clock, log, metrics, ask });
  const advance = async (by: number) => {
    for (let i = 0; i < by; i += 100) {
      clock.advance(100);
      await settled();
    }
  };
  const samples = async () =>
    (await metrics.text())
      .split('\n')
      .filter((line) => /^coredns_health_.*(_sum|_count|_total) /.test(line))
      .map((line) => line.replace(/^coredns_health_request_/, ''));
  return { poll, asked, advance, samples, lines };
}

describe('HealthPoll', () => {
  test('asks once a second and times the answers', async () => {
    const { poll, asked, advance, samples } = polling({ ms: 100 });
    poll.at(HERE);
    await advance(3400);
    expect(asked).toEqual([8080, 8080, 8080]);
    expect(await samples()).toEqual([
      expect.stringMatching(/^duration_seconds_sum 0\.3/),
      'duration_seconds_count 3',
      'failures_total 0',
    ]);
  });

  test('counts a failure and its time, and logs it once a minute', async () => {
    const { poll, advance, samples, lines } = polling({ isWell: () => false });
    poll.at(HERE);
    await advance(5600);
    expect((await samples()).slice(1)).toEqual(['duration_seconds_count 5', 'failures_total 5']);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'Our own request to /health failed',
    ]);
  });

  test('asks elsewhere once it is told to, and counts nothing of a server that was closed', async () => {
    const { poll, asked, advance, samples } = polling({ ms: 300, isWell: () => false });
    poll.at(HERE);
    await advance(1100);
    poll.at(THERE);
    await advance(1000);
    poll.at(undefined);
    await advance(5000);
    expect(asked).toEqual([8080, 8081]);
    expect(await samples()).toEqual([
      'duration_seconds_sum 0',
      'duration_seconds_count 0',
      'failures_total 0',
    ]);
  });
});

describe('askHealth()', () => {
  test.for([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', ''],
    ['127.0.0.1', '0.0.0.0'],
    ['::1', '::'],
  ] as const)('finds a server on %s at the address "%s"', async ([listen, address]) => {
    const port = await answering(listen, 200);
    await expect(askHealth({ address, port }, 3000)).resolves.toBeUndefined();
  });

  test('rejects any other status', async () => {
    const port = await answering('127.0.0.1', 503);
    await expect(askHealth({ address: '127.0.0.1', port }, 3000)).rejects.toThrow(
      '/health said 503, expected 200',
    );
  });

  test('rejects when nothing listens', async () => {
    const closed = net.createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await expect(askHealth({ address: '127.0.0.1', port }, 3000)).rejects.toThrow('ECONNREFUSED');
  });

  test('rejects when no answer comes in time', async () => {
    const silent = net.createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await expect(askHealth({ address: '127.0.0.1', port }, 20)).rejects.toThrow(/aborted/);
  });
});

/** An HTTP server that says this to everything; its port. */
async function answering(address: string, status: number): Promise<number> {
  const server = http.createServer((_, response) => response.writeHead(status).end('OK'));
  onTestFinished(() => void server.close());
  server.listen(0, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
