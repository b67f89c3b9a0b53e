import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Credentials } from '../../../src/sources/kubeapi/access/credentials.ts';
import { ApiClient } from '../../../src/sources/kubeapi/client/api-client.ts';
import { readLines, textOf } from '../../../src/sources/kubeapi/client/body.ts';
import { RequestLimiter } from '../../../src/sources/kubeapi/client/request-limiter.ts';
import type { RequestMeasure } from '../../../src/sources/source.ts';
import { eventually } from '../../helpers/eventually.ts';
import { FakeApiServer, reply } from '../../helpers/fake-api-server.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

let api: FakeApiServer;
let clock: FakeClock;
let client: ApiClient;
let token: string;
let measures: RequestMeasure[];

beforeEach(async () => {
  api = new FakeApiServer();
  clock = new FakeClock();
  token = 'one';
  measures = [];
  const url = await api.start();
  const readText = (path: string) =>
    path === '/token'
      ? token
      : `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "${url}"}}]
users: [{name: u, user: {tokenFile: /token}}]`;
  client = new ApiClient({
    credentials: new Credentials(
      { by: 'kubeconfig', files: ['/config'], context: undefined },
      { env: {}, readText, clock, run: () => Promise.reject(new Error('none')) },
    ),
    limiter: new RequestLimiter({ qps: 100, burst: 100, maxInFlight: 0 }, clock),
    clock,
    onRequest: (measure) => void measures.push(measure),
    onUnchecked: () => {},
  });
});
afterEach(async () => {
  client.close();
  await api.stop();
});

const get = (idleMs = 30_000, { signal } = new AbortController()) =>
  client.get({ path: '/api/v1/services', query: {}, idleMs, signal });

describe('ApiClient', () => {
  test('shows the token as it is now, and reads it again when it is refused', async () => {
    const shown: (string | undefined)[] = [];
    api.fault = ({ headers, response }) => {
      shown.push(headers.authorization);
      if (headers.authorization === 'Bearer two') return false;
      token = 'two';
      reply(response, 401, { code: 401, message: 'Unauthorized' });
      return true;
    };
    expect(JSON.parse(await textOf(await get(), 1e6))).toMatchObject({ items: [] });
    expect(shown).toEqual(['Bearer one', 'Bearer two']);
    expect(measures.map(({ code }) => code)).toEqual(['401', '200']);
  });

  test('says nothing secret, even when the server does', async () => {
    api.fault = ({ headers, response }) => {
      reply(response, 403, { code: 403, message: `no: ${headers.authorization}` });
      return true;
    };
    token = 's3cret';
    await expect(get()).rejects.toThrow('status 403: no: Bearer …');
  });

  test('leaves nothing behind of a request that cannot be made', async () => {
    token = 's3c\nret';
    const stop = new AbortController();
    await expect(get(1000, stop)).rejects.toThrow('Invalid character in header content');
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  test('ends a request that is not wanted any more', async () => {
    const stop = new AbortController();
    api.fault = () => {
      stop.abort();
      return true;
    };
    await expect(get(1000, stop)).rejects.toThrow('aborted');
  });

  test.each([true, false])('says that a connection broke off, head sent: %s', async (hasHead) => {
    api.fault = ({ response }) => {
      if (hasHead) response.writeHead(200).write('{', () => response.socket?.destroy());
      else response.socket?.destroy();
      return true;
    };
    const text = get().then((body) => textOf(body, 10));
    await expect(text).rejects.toThrow(/^the connection broke off$/);
  });

  test.each([
    ['404 page not found\n', 'status 404: 404 page not found'],
    ['<html>\n  <p>no</p>\n', 'status 404: <html> <p>no</p>'],
    ['', 'status 404'],
  ])('says in one line what a reply of %j was', async (text, message) => {
    api.fault = ({ response }) => {
      response.writeHead(404).end(text);
      return true;
    };
    await expect(get()).rejects.toThrow(new RegExp(`^${message}$`));
  });

  test('gives up a server that sends the head of a reply and nothing more', async () => {
    api.fault = ({ response }) => {
      response.writeHead(200);
      response.flushHeaders();
      return true;
    };
    const body = await get(5000);
    const failed = expect(textOf(body, 1000)).rejects.toThrow('nothing came for 5 s');
    await eventually(() => clock.advance(5000));
    await failed;
  });

  test.each([
    ['a refused connection', () => api.stop(), 'ECONNREFUSED'],
    ['a reply that is too long', async () => {}, 'a reply of over 10 bytes'],
  ])('says what is wrong after %s', async (_, spoil, message) => {
    await spoil();
    await expect(get().then((body) => textOf(body, 10))).rejects.toThrow(message);
  });
});

describe('readLines()', () => {
  const lines = async (...texts: string[]) => {
    const found: string[] = [];
    const read = async (take: (chunk: Buffer) => void) => {
      for (const text of texts) take(Buffer.from(text));
    };
    await readLines({ read, idleMs: 0 }, 8, (line) => found.push(line));
    return found;
  };

  test.each([
    [['a\nb\n'], ['a', 'b']],
    [
      ['a', 'b\nc', '\n', '\n'],
      ['ab', 'c'],
    ],
    [['é'.repeat(2), '\n'], ['éé']],
  ])('splits %j', async (texts, expected) => {
    expect(await lines(...texts)).toEqual(expected);
  });

  test.each([
    [['123456789'], 'an object of over 8 bytes'],
    [['a\nb'], 'the reply broke off in the middle of an object'],
  ])('refuses %j', async (texts, message) => {
    await expect(lines(...texts)).rejects.toThrow(message);
  });
});

describe('RequestLimiter', () => {
  test('lets a burst go at once, and then so many a second', async () => {
    const limiter = new RequestLimiter({ qps: 2, burst: 3, maxInFlight: 0 }, clock);
    let entered = 0;
    for (let n = 0; n < 6; n++) void limiter.enter().then(() => entered++);
    const after = async (ms: number) => {
      clock.advance(ms);
      await new Promise((go) => setImmediate(go));
      return entered;
    };
    expect([await after(0), await after(500), await after(500), await after(500)]).toEqual([
      3, 4, 5, 6,
    ]);
  });

  test('keeps others waiting while so many are in flight', async () => {
    const limiter = new RequestLimiter({ qps: 100, burst: 100, maxInFlight: 1 }, clock);
    const done = await limiter.enter();
    let isIn = false;
    const second = limiter.enter().then((leave) => {
      isIn = true;
      leave();
    });
    await new Promise((go) => setImmediate(go));
    expect(isIn).toBe(false);
    done();
    await second;
    expect(isIn).toBe(true);
  });
});
