import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const service = (name: string, clusterIP: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${clusterIP}, ports: [{ port: 80 }] }
`;

let folder: TempFolder;
let app: App | undefined;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('prod/web.yaml', service('web', '10.96.0.7'));
  folder.write('stage/web.yaml', service('web', '10.96.0.99'));
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  folder.dispose();
});

function settingsOf(corefile: string): Settings {
  const config = folder.write('Corefile', corefile);
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

async function start(corefile: string): Promise<App> {
  app = await startAppHere(settingsOf(corefile), {
    log: createLoggerTo('silent', { write: () => {} }),
  });
  await app.whenSynced();
  return app;
}

const ask = async (name: string, type: string, from = '127.0.0.1') => {
  const { rcode, answer } = await askServer(app!.addresses[0]!, name, type, { from });
  return answer.length > 0 ? answer : rcode;
};

/** A server block on the one port there is. */
const block = (zone: string, ...lines: string[]) =>
  `${zone}:0 {\nbind 127.0.0.1\n${lines.join('\n')}\n}\n`;

const kubernetes = (zones: string, manifests: string, ...options: string[]) =>
  `kubernetes ${zones} {\nmanifests ${manifests}\n${options.join('\n')}\n}`;

const WEB = 'web.shop.svc.cluster.local.';
const REVERSE = '7.0.96.10.in-addr.arpa.';

describe('kubernetes in several server blocks', () => {
  test('answers forward and reverse names of one cluster', async () => {
    const line = kubernetes('cluster.local 10.in-addr.arpa', 'prod');
    const { loaded } = await start(block('cluster.local', line) + block('10.in-addr.arpa', line));
    expect(await ask(WEB, 'A')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(await ask(REVERSE, 'PTR')).toEqual([`${REVERSE} 5 IN PTR ${WEB}`]);
    expect(loaded).toHaveLength(1);
  });

  test('has names, options and manifests of its own in each', async () => {
    const { loaded } = await start(
      block('cluster.local', kubernetes('', 'prod')) +
        block('stage.example', kubernetes('', 'stage', 'ttl 77')) +
        block('.', 'errors'),
    );
    const stage = 'web.shop.svc.stage.example.';
    expect(await ask(WEB, 'A')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(await ask(stage, 'A')).toEqual([`${stage} 77 IN A 10.96.0.99`]);
    expect(await ask('web.bank.svc.stage.example.', 'A')).toBe('NXDOMAIN');
    expect(await ask('example.org.', 'A')).toBe('REFUSED');
    expect(loaded.map(({ summary }) => summary.files)).toEqual([1, 1]);
  });

  test('gives the same zone other names in each view', async () => {
    const view = (name: string, ip: string) => `view ${name} {\nexpr client_ip() == '${ip}'\n}`;
    const { loaded } = await start(
      block('cluster.local', view('a', '127.0.0.2'), kubernetes('', 'prod')) +
        block('cluster.local', view('b', '127.0.0.3'), kubernetes('', 'stage')) +
        block('cluster.local', view('c', '127.0.0.4'), kubernetes('', 'prod')),
    );
    expect(await ask(WEB, 'A', '127.0.0.2')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(await ask(WEB, 'A', '127.0.0.3')).toEqual([`${WEB} 5 IN A 10.96.0.99`]);
    expect(await ask(WEB, 'A', '127.0.0.4')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(loaded).toHaveLength(2);
  });
});

describe('App.reload() with several kubernetes blocks', () => {
  const stage = 'web.shop.svc.stage.example.';

  test('goes on with those that stay, and begins and ends the others', async () => {
    const prod = block('cluster.local', kubernetes('', 'prod'));
    await start(prod + block('stage.example', kubernetes('', 'stage')));
    // Whoever read it anew would find nothing.
    folder.rename('prod', 'away');
    const next = prod + block('stage.example', kubernetes('', 'stage', 'ttl 77'));
    expect(await app?.reload(settingsOf(next))).toEqual([]);
    expect(await ask(WEB, 'A')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(await ask(stage, 'A')).toEqual([`${stage} 77 IN A 10.96.0.99`]);
    expect(app?.loaded.map(({ source }) => source.zone.ttl)).toEqual([5, 77]);

    expect(await app?.reload(settingsOf(prod))).toEqual([]);
    expect(await ask(WEB, 'A')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(await ask(stage, 'A')).toBe('REFUSED');
    folder.rename('away', 'prod');
    folder.write('prod/new.yaml', service('new', '10.96.0.8'));
    const added = () => ask('new.shop.svc.cluster.local.', 'A');
    await expect.poll(added).toHaveLength(1);
  });

  test('does not wait for ever for manifests that are not there', async () => {
    const prod = block('cluster.local', kubernetes('', 'prod'));
    await start(prod);
    const next = prod + block('stage.example', kubernetes('', 'nowhere'));
    expect(await app?.reload(settingsOf(next))).toEqual([]);
    expect(await ask(WEB, 'A')).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect(await ask(stage, 'A')).toBe('SERVFAIL');
    folder.rename('stage', 'nowhere');
    await expect.poll(() => ask(stage, 'A')).toHaveLength(1);
  }, 90_000);
});
