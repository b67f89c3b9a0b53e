import type { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startResolverThread } from '../../src/app/threads/start-thread.ts';
import { type App, startApp } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { udpTransport } from '../../src/server/udp/transport.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

/** Both threads have some of so many source ports, but for once in 2^63. */
const PORTS = 64;

const WEB = 'web.shop.svc.cluster.local.';
const NEW = 'new.shop.svc.cluster.local.';

const service = (name: string, address: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ port: 80 }] }
`;

/** A server whose threads can be ended. */
async function serve(threads: number) {
  const folder = new TempFolder();
  folder.write('zones/web.yaml', service('web', '10.96.0.7'));
  let logged = '';
  const workers: Worker[] = [];
  const log = createLoggerTo('info', {
    write: (lines) => {
      logged += lines;
    },
  });
  const app = await startApp(settingsWith(folder, threads, 5), {
    log,
    startResolver: (data) => {
      const worker = startResolverThread(data);
      workers.push(worker);
      return worker;
    },
  });
  onTestFinished(async () => {
    await app.close();
    folder.dispose();
  });
  await app.whenSynced();
  return { app, folder, workers, logged: () => logged.split('\n') };
}

/** `ttl` is that of all answers. */
function settingsWith(folder: TempFolder, threads: number, ttl: number): Settings {
  const config = folder.write(
    'Corefile',
    `.:0 {
      bind 127.0.0.1
      multisocket ${threads}
      errors
      prometheus 127.0.0.1:0
      kubernetes cluster.local {
        manifests zones
        ttl ${ttl}
      }
      log
    }\n`,
  );
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

/** What a name's A record comes to, asked from many source ports: each outcome once. */
async function outcomes(app: App, name: string): Promise<string[]> {
  const asked = Array.from({ length: PORTS }, () => askServer(app.addresses[0]!, name, 'A'));
  const replies = await Promise.all(asked);
  const texts = replies.map(({ rcode, answer }) => [rcode, ...answer].join(' '));
  return [...new Set(texts)];
}

async function metric(app: App, name: string): Promise<Record<string, number>> {
  const page = await fetch(`http://127.0.0.1:${app.admin?.port}/metrics`);
  const lines = (await page.text()).split('\n').filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines.map((line) => {
      const [, label = '', value] = /^[^ {]+(?:\{.*?"(\d+)"\})? (\S+)$/.exec(line) ?? [];
      return [label, Number(value)];
    }),
  );
}

const answering = (app: App) => metric(app, 'svcdns_threads');
const queries = (app: App) => metric(app, 'svcdns_thread_queries_total');

describe.runIf(udpTransport('auto').name === 'native')('multisocket', () => {
  test('has threads answer that are replaced, follow manifests and reloads, and end', async () => {
    const { app, folder, workers, logged } = await serve(2);
    await eventually(async () => expect(await answering(app)).toEqual({ '': 2 }));
    const web = (ttl: number) => `NOERROR ${WEB} ${ttl} IN A 10.96.0.7`;
    expect(await outcomes(app, WEB)).toEqual([web(5)]);
    const counted = await eventually(async () => {
      const byThread = await queries(app);
      expect(byThread['0']! + byThread['1']!).toBe(PORTS);
      return byThread;
    });
    expect(Math.min(counted['0']!, counted['1']!)).toBeGreaterThan(0);
    const lines = () => logged().filter((line) => line.includes(`A IN ${WEB}`));
    await eventually(() => expect(lines()).toHaveLength(PORTS));

    folder.write('zones/new.yaml', service('new', '10.96.0.8'));
    const isThere = [`NOERROR ${NEW} 5 IN A 10.96.0.8`];
    await eventually(async () => expect(await outcomes(app, NEW)).toEqual(isThere));

    expect(await app.reload(settingsWith(folder, 2, 30))).toEqual([]);
    await eventually(async () => expect(await outcomes(app, WEB)).toEqual([web(30)]));

    // What comes from now on is lost nowhere: the main thread has it.
    expect(workers).toHaveLength(1);
    await workers[0]!.terminate();
    expect(await outcomes(app, WEB)).toEqual([web(30)]);
    await eventually(async () => expect(await answering(app)).toEqual({ '': 2 }));
    expect(workers).toHaveLength(2);
    expect(await metric(app, 'svcdns_thread_restarts_total')).toEqual({ '': 1 });
    const before = await queries(app);
    expect(await outcomes(app, NEW)).toEqual([`NOERROR ${NEW} 30 IN A 10.96.0.8`]);
    await eventually(async () => expect((await queries(app))['1']).toBeGreaterThan(before['1']!));

    await app.reload(settingsWith(folder, 1, 60));
    await eventually(async () => expect(await answering(app)).toEqual({ '': 1 }));
    await eventually(async () => expect(await outcomes(app, WEB)).toEqual([web(60)]));
  });
});
