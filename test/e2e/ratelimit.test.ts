import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { type AskOptions, ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import type { Reply } from '../helpers/reply.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const ENDPOINTS = Array.from({ length: 70 }, (_, at) => `{ ip: 10.20.30.${at + 1} }`);
const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: crowd, namespace: shop }
spec: { clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: crowd, namespace: shop }
subsets: [{ addresses: [${ENDPOINTS.join(', ')}], ports: [{ port: 80 }] }]
`;
const CROWD = 'crowd.shop.svc.cluster.local.';
const QUERY_BYTES = 12 + CROWD.length + 1 + 4 + 11;
const CLIENT_COOKIE = Buffer.from('0123456789abcdef', 'hex');

/**
 * Loopback is limited only when the Corefile says so; a reply in a second is over at the second
 * one.
 */
const LIMITED = 'ratelimit {\ninclude-private\nresponses-per-second 1\nwindow 3600\n}';
/** A chain for every question: `log` has a say in each. */
const CHAINED = `${LIMITED}\nlog`;

let folder: TempFolder;
let app: App | undefined;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', MANIFESTS);
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  folder.dispose();
});

function settingsWith(more: string): Settings {
  const kubernetes = 'kubernetes cluster.local {\nmanifests zones\n}';
  const text = `.:0 {\nbind 127.0.0.1\n${kubernetes}\n${more}\n}\n`;
  const config = folder.write('Corefile', text);
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

async function start(more: string): Promise<App> {
  app = await startAppHere(settingsWith(more), {
    log: createLoggerTo('silent', { write: () => {} }),
  });
  await app.whenSynced();
  return app;
}

const ask = (options: AskOptions = {}) =>
  askServer(app!.addresses[0]!, CROWD, 'A', { edns: {}, ...options });

const withCookie = (data: Uint8Array) => ({ edns: { options: [{ code: 10, data }] } });

const cookieOf = ({ opt }: Reply) => opt?.options.find(({ code }) => code === 10)?.data;

/**
 * Asks until a reply is not whole: the second time, but on a machine that takes a second for one.
 */
async function untilLimited(options: AskOptions = {}): Promise<Reply> {
  for (let i = 0; i < 100; i++) {
    const reply = await ask(options);
    if (reply.answer.length === 0) return reply;
  }
  throw new Error('Nothing was limited');
}

describe('ratelimit', () => {
  test('leaves loopback alone: it gets whole replies as often as it asks', async () => {
    await start('');
    for (let i = 0; i < 100; i++) expect((await ask()).bytes).toHaveLength(QUERY_BYTES + 70 * 16);
  });

  test.for([LIMITED, CHAINED])('makes no more than the query of it, with %j', async (corefile) => {
    await start(corefile);
    expect((await ask()).answer).toHaveLength(70);
    const limited = await untilLimited();
    expect(limited.flags).toContain('tc');
    expect(limited.bytes).toHaveLength(QUERY_BYTES);
    expect((await ask({ transport: 'tcp' })).answer).toHaveLength(70);
  });

  test.for([LIMITED, CHAINED])('lets a client with a cookie through, with %j', async (corefile) => {
    await start(corefile);
    const limited = await untilLimited(withCookie(CLIENT_COOKIE));
    expect(limited.rcode).toBe('BADCOOKIE');
    const cookie = cookieOf(limited);
    expect(cookie).toHaveLength(24);
    for (let i = 0; i < 20; i++) {
      const reply = await ask(withCookie(cookie!));
      expect([reply.answer.length, cookieOf(reply)]).toEqual([70, cookie]);
    }
  });

  test('is taken anew by a reload, and cookies stay good', async () => {
    const { reload } = await start('');
    const cookie = cookieOf(await ask(withCookie(CLIENT_COOKIE)))!;
    expect(await reload(settingsWith(LIMITED))).toEqual([]);
    await untilLimited();
    const reply = await ask(withCookie(cookie));
    expect([reply.answer.length, cookieOf(reply)]).toEqual([70, cookie]);
    expect(await reload(settingsWith('ratelimit off\ncookies off'))).toEqual([]);
    for (let i = 0; i < 20; i++) expect((await ask()).answer).toHaveLength(70);
    expect(cookieOf(await ask(withCookie(CLIENT_COOKIE)))).toBeUndefined();
  });

  test('a mistake in it changes nothing', async () => {
    const { reload } = await start(LIMITED);
    const problems = await reload(settingsWith('ratelimit {\nslip 99\n}'));
    expect(problems.map(({ message }) => message)).toEqual([
      "plugin/ratelimit: Cannot read '99' as slip: expected 0 to 10",
    ]);
    await untilLimited();
  });

  test('servers with one secret know the cookies of each other', async () => {
    const secrets = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100'];
    const [one, other] = secrets;
    const { reload } = await start(`cookies {\nsecret ${one}\n}`);
    const cookie = cookieOf(await ask(withCookie(CLIENT_COOKIE)))!;
    await reload(settingsWith(`${LIMITED}\ncookies {\nsecret ${other} ${one}\n}`));
    await untilLimited();
    const reply = await ask(withCookie(cookie));
    expect(reply.answer).toHaveLength(70);
    expect(cookieOf(reply)).not.toEqual(cookie);
    await reload(settingsWith(`${LIMITED}\ncookies {\nsecret ${other}\n}`));
    expect((await untilLimited(withCookie(cookie))).rcode).toBe('BADCOOKIE');
  });
});
