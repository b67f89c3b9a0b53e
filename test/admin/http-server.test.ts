import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { AdminConnections } from '../../src/admin/connections.ts';
import { Exposition } from '../../src/admin/exposition.ts';
import {
  type AdminOptions,
  AdminServer,
  type AdminStream,
  type EventSink,
  isAllowedHost,
} from '../../src/admin/http-server.ts';
import type { SocketAddress } from '../../src/dns/query.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { systemClock } from '../../src/support/clock.ts';
import { noPages } from './no-pages.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const NOT_FOUND =
  'Not found: there are /health, /ready, /metrics, /objects, /api/explain, /api/history and /api/stats\n';
('Not found: there are /health, /ready, /metrics, /objects, /api/explain and /api/history\n');

describe('AdminServer', () => {
  test.for([
    ['GET', '/health', 200, 'OK'],
    ['GET', '/ready', 200, 'OK'],
    ['GET', '/health?verbose', 200, 'OK'],
    ['HEAD', '/health', 200, ''],
    ['GET', '/objects', 200, 'objects'],
    ['GET', '/objects/pods?namespace=shop', 200, 'objects/pods'],
    ['GET', '/api/stats?rows=3', 200, 'stats rows=3'],
    ['GET', '/api/history?name=a', 200, 'history name=a'],
    ['GET', '/objectsx', 404, NOT_FOUND],
    ['POST', '/objects', 405, 'Only GET and HEAD\n'],
    ['GET', '/', 404, NOT_FOUND],
    ['GET', '/health/', 404, NOT_FOUND],
    ['GET', '/../../etc/passwd', 404, NOT_FOUND],
    ['POST', '/health', 405, 'Only GET and HEAD\n'],
    ['DELETE', '/metrics', 405, 'Only GET and HEAD\n'],
    ['OPTIONS', '/health', 405, 'Only GET and HEAD\n'],
  ] as const)('answers %s %s with %d', async ([method, path, status, body]) => {
    const { ask } = await serving();
    expect(await ask(path, { method })).toMatchObject({ status, body });
  });

  test('names on /ready the plugins that are not, as CoreDNS does', async () => {
    const { ask } = await serving({ ready: () => ['kubernetes', 'forward', 'kubernetes'] });
    expect(await ask('/ready')).toMatchObject({ status: 503, body: 'forward,kubernetes' });
    expect(await ask('/health')).toMatchObject({ status: 200 });
  });

  test('shows the metrics, itself included', async () => {
    const { ask } = await serving();
    await ask('/health');
    const { headers, body } = await ask('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('svcdns_admin_requests_total{status="200"} 1\n');
  });

  test.for(['/health', '/ready', '/metrics', '/objects', '/'])(
    'answers %s with 421 under a name that is not its own, as after DNS rebinding',
    async (path) => {
      const { ask } = await serving();
      expect(await ask(path, { headers: { Host: 'evil.example' } })).toMatchObject({ status: 421 });
    },
  );

  test('is also served under the names it was given', async () => {
    const { ask } = await serving({ hosts: ['svcdns'] });
    const headers = { Host: 'svcdns:8053' };
    expect(await ask('/health', { headers })).toMatchObject({ status: 200 });
  });

  test.for([
    [{ Origin: 'http://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }, 200],
    [{ 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' }, 200],
    [{ 'Sec-Fetch-Site': 'none' }, 200],
    [{ Host: 'localhost:8053', Origin: 'http://localhost:8053' }, 200],
    [{ Host: 'localhost:8053', Origin: 'http://localhost:8054' }, 403],
  ] as const)('answers a request with %j with %d', async ([headers, status]) => {
    const { ask } = await serving();
    expect(await ask('/objects', { headers })).toMatchObject({ status });
  });

  test('asks the page for what is no path of its own', async () => {
    const page: AdminOptions['page'] = (path, query) =>
      path === '/'
        ? { status: 200, body: `page ${query}`, headers: { 'X-Page': 'yes' } }
        : undefined;
    const { ask } = await serving({ page });
    const { status, body, headers } = await ask('/?a=b');
    expect([status, body, headers['x-page']]).toEqual([200, 'page a=b', 'yes']);
    expect(await ask('/other')).toMatchObject({ status: 404, body: NOT_FOUND });
  });

  test('sends events until the client goes, and no more than it reads', async () => {
    let sink: EventSink | undefined;
    let closed = 0;
    const open: AdminStream['open'] = (given) => {
      sink = given;
      return () => closed++;
    };
    const { bound } = await serving({ page: () => ({ open }) });
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      http.get({ host: '127.0.0.1', port: bound.port, path: '/events', agent: false }, resolve);
    });
    expect(response.headers['content-type']).toBe('text/event-stream');
    sink?.send('event: a\n\n');
    expect(`${(await once(response, 'data'))[0]}`).toBe('event: a\n\n');
    response.pause();
    const event = 'x'.repeat(32 * 1024);
    // What the kernel has room for goes on its way; then no more is taken.
    await expect.poll(() => sink?.send(event)).toBe(false);
    response.destroy();
    await expect.poll(() => closed).toBe(1);
  });

  test('forbids keeping and guessing at what it says', async () => {
    const { ask } = await serving();
    const { headers } = await ask('/health');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('tells what is allowed with 405', async () => {
    const { ask } = await serving();
    expect((await ask('/health', { method: 'PUT' })).headers).toMatchObject({ allow: 'GET, HEAD' });
  });

  test('closes the connection of a client that sends a body, without reading it', async () => {
    const { exchange } = await serving();
    const head = 'GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n';
    expect(await exchange(head)).toMatch(/^HTTP\/1.1 200 OK\r\nConnection: close\r\n.*OK$/s);
  });

  test('does not ask for the body that a client offers', async () => {
    const { exchange } = await serving();
    const head =
      'POST /health HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n';
    expect(await exchange(head)).toMatch(/^HTTP\/1.1 405 /);
  });

  test.for([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['HTTP/1.1 without a host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['over 8 KiB of headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`, 431],
    ['HTTP/1.0 without a host', 'GET /health HTTP/1.0\r\n\r\n', 200],
  ] as const)('answers %s and closes', async ([, request, status]) => {
    const { exchange } = await serving();
    expect(await exchange(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test('answers 500 and logs when the readiness check throws, and lives on', async () => {
    const { ask, lines } = await serving({
      ready: () => {
        throw new Error('a bug');
      },
    });
    expect(await ask('/ready')).toMatchObject({ status: 500 });
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', url: '/ready' });
    expect(await ask('/health')).toMatchObject({ status: 200 });
  });

  test('start fails with what to do when the port is taken', async () => {
    const { bound } = await serving();
    const second = new AdminServer(bound, options());
    await expect(second.start()).rejects.toThrow(
      new RegExp(
        `^Cannot listen on 127.0.0.1:${bound.port} \\(tcp\\): address already in use: held by .*` +
          `pid ${process.pid}.*--admin 127.0.0.1:`,
      ),
    );
    await second.stop();
  });

  test('stop closes connections that are kept alive', async () => {
    const { admin, bound } = await serving();
    const socket = net.connect(bound.port, '127.0.0.1');
    expect(await answers(socket)).toBe(true);
    const closed = once(socket, 'close');
    await admin.stop();
    await closed;
    await expect(once(net.connect(bound.port, '127.0.0.1'), 'connect')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});

async function serving(given: Partial<AdminOptions> = {}) {
  const lines: string[] = [];
  const log = createLoggerTo('info', { write: (line) => void lines.push(line) });
  const admin = new AdminServer({ address: '127.0.0.1', port: 0 }, { ...options(), log, ...given });
  const bound = await admin.start();
  cleanups.push(() => admin.stop());
  return { admin, bound, lines, ask: asking(bound), exchange: exchanging(bound) };
}

function options(): AdminOptions {
  const log = createLoggerTo('silent', { write: () => {} });
  const metrics = new Metrics();
  const exposition = new Exposition(metrics, systemClock);
  const connections = new AdminConnections(systemClock, metrics);
  return { ready: () => [], ...noPages, exposition, metrics, log, connections };
}

function asking({ port }: SocketAddress) {
  return async (path: string, more: http.RequestOptions = {}) => {
    const request = http.request({ port, host: '127.0.0.1', path, agent: false, ...more });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, headers: response.headers, body };
  };
}

/** Sends some bytes, and returns all that comes back until the server closes. */
function exchanging({ port }: SocketAddress) {
  return async (request: string): Promise<string> => {
    const socket = net.connect(port, '127.0.0.1');
    socket.write(request);
    let reply = '';
    for await (const chunk of socket) reply += chunk;
    return reply;
  };
}

/** Whether a request on this connection is answered. */
async function answers(socket: net.Socket): Promise<boolean> {
  if (socket.destroyed) return false;
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [chunk] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return Buffer.isBuffer(chunk);
}

test.for([
  ['localhost', true],
  ['LOCALHOST:8053', true],
  ['127.0.0.1', true],
  ['127.0.0.1:8053', true],
  ['10.1.2.3:8053', true],
  ['[::1]', true],
  ['[::1]:8053', true],
  ['[fe80::1%25eth0]:8053', true],
  ['svcdns', true],
  ['svcdns:9153', true],
  ['kube-dns.kube-system.svc:9153', true],
  ['kube-dns.kube-system.svc.cluster.local', true],
  ['dns.example', true],
  ['dns.example:8053', true],
  [undefined, true],
  ['', false],
  [':8053', false],
  ['evil.example', false],
  ['evil.example:8053', false],
  ['localhost.evil.example', false],
  ['svc.evil.example', false],
  ['kube-dns.svc.evil.example', false],
  ['evil.example.', false],
  ['evilsvc.example', false],
  ['x@svcdns', false],
  ['127.0.0.1.evil.example', false],
  ['127.0.0.1@evil.example', false],
  ['[::1', false],
  ['[evil.example]', false],
  ['::1', false],
  ['localhost:80:80', false],
] as const)('isAllowedHost() of %s is %s', ([header, expected]) => {
  expect(isAllowedHost(header, ['dns.example'])).toBe(expected);
});
