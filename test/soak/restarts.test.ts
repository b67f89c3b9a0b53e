import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { extendedErrors } from '../e2e/server-process.ts';
import { ask } from '../helpers/ask.ts';
import { eventually, eventuallyTrue } from '../helpers/eventually.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// Below the ports that the kernel gives to clients.
const DNS = { address: '127.0.0.1', port: 20_271 };
const ADMIN = 'http://127.0.0.1:20272';
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const WEB = 'web.shop.svc.cluster.local.';
const LB = 'lb.shop.example.org.';
const APP = 'app.example.net.';

const service = (name: string, spec: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ${spec}, ports: [{ name: http, port: 80 }] }
`;
const balanced = `${service('lb', 'type: LoadBalancer')}status: { loadBalancer: { ingress: [{ ip: 192.0.2.9 }] } }\n`;

const ingress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: app, namespace: shop }
spec: { rules: [{ host: app.example.net }] }
status: { loadBalancer: { ingress: [{ ip: 192.0.2.10 }] } }
`;

const COREFILE = `.:${DNS.port} {
  bind 127.0.0.1
  health 127.0.0.1:20272
  kubernetes cluster.local in-addr.arpa {
    manifests k8s
    fallthrough in-addr.arpa
  }
  k8s_external example.org
  k8s_gateway example.net
  cache 30
}
`;

let folder: TempFolder;
let running: ServeProcess[];

beforeEach(() => {
  folder = new TempFolder();
  running = [];
  folder.write('Corefile', COREFILE);
  folder.write('k8s/web.yaml', service('web', 'clusterIP: 10.96.0.7') + balanced + ingress);
});

afterEach(async () => {
  for (const server of running) await server.kill();
  folder.dispose();
});

/** Starts a server that keeps its state in the folder `state`, and waits for its manifests. */
function start(env: Readonly<Record<string, string>> = {}): ServeProcess {
  const own = { SVCDNS_STATE: folder.at('state'), SVCDNS_WAIT: 'on', ...env };
  const server = new ServeProcess(['--config', folder.at('Corefile')], [], own);
  running.push(server);
  return server;
}

async function startLoaded(env: Readonly<Record<string, string>> = {}): Promise<ServeProcess> {
  const server = start(env);
  await server.until(() => server.printed.includes('Try: dig'), 'start-up text');
  return server;
}

/** `NOERROR 5 A 10.96.0.7 EDE 3` */
async function answer(name: string, type = 'A'): Promise<string> {
  const reply = await ask(DNS, name, type, { edns: {} });
  const records = reply.answer.map((line) => line.split(' ').toSpliced(0, 1).toSpliced(1, 1));
  const errors = extendedErrors(reply).map((code) => `EDE ${code}`);
  return [reply.rcode, ...records.map((fields) => fields.join(' ')), ...errors].join(' ');
}

async function ready(): Promise<string> {
  const response = await fetch(`${ADMIN}/ready`);
  return `${response.status} ${await response.text()}`;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${ADMIN}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}{`));
  return Number(line?.slice(line.lastIndexOf(' ') + 1));
}

const stateFiles = () =>
  existsSync(folder.at('state')) ? readdirSync(folder.at('state')).sort() : [];

const isSaved = (ending: string) =>
  eventuallyTrue(() =>
    stateFiles().some((file) => /^[0-9a-f]/.test(file) && file.endsWith(ending)),
  );

describe('names of an earlier run', () => {
  test('are answered, marked, until the manifests have been read', async () => {
    const first = await startLoaded();
    await isSaved('.names');
    await first.kill();
    folder.rename('k8s', 'away'); // a mount that is not there yet
    const second = start();
    await second.message(/^Answering from the names of an earlier run/);
    await eventually(async () => expect(await answer(WEB)).toBe('NOERROR 1 A 10.96.0.7 EDE 3'));
    expect(await answer(LB)).toBe('NOERROR 1 A 192.0.2.9 EDE 3');
    expect(await answer(APP)).toBe('NOERROR 1 A 192.0.2.10 EDE 3');
    expect(await answer('7.0.96.10.in-addr.arpa.', 'PTR')).toBe(`NOERROR 1 PTR ${WEB} EDE 3`);
    expect(await answer(WEB, 'AAAA')).toBe('NOERROR EDE 3');
    expect(await answer('nope.shop.svc.cluster.local.')).toBe('SERVFAIL EDE 14');
    expect(await ready()).toMatch(/^503 kubernetes \(answers as of 2\d{3}-.*Z\)$/);
    expect(await metric('svcdns_names_restored')).toBe(1);
    expect(await metric('svcdns_names')).toBeGreaterThan(10);

    folder.write('away/web.yaml', service('web', 'clusterIP: 10.96.0.8'));
    folder.rename('away', 'k8s');
    await eventually(async () => expect(await ready()).toBe('200 OK'));
    expect(await answer(WEB)).toBe('NOERROR 5 A 10.96.0.8');
    await eventually(async () => expect(await answer(LB)).toBe('NXDOMAIN'));
    expect(await answer('nope.shop.svc.cluster.local.')).toBe('NXDOMAIN');
    expect(await metric('svcdns_names_restored')).toBe(0);
  });

  test('are not used for other options, when they are damaged, or with --state off', async () => {
    const first = await startLoaded();
    await isSaved('.names');
    await first.kill();
    folder.rename('k8s', 'away');
    const restarted = async (env: Readonly<Record<string, string>> = {}) => {
      const server = start(env);
      // That is 2 s after the start; the names would have been there after half a second.
      await server.until(() => server.printed.includes('and waiting'), 'text about waiting');
      const found = await answer(WEB);
      const told = server.logged.filter((text) => text.includes('saved in'));
      await server.kill();
      return [found, ...told];
    };
    expect(await restarted()).toEqual(['NOERROR 1 A 10.96.0.7 EDE 3']);
    expect(await restarted({ SVCDNS_STATE: 'off' })).toEqual(['SERVFAIL EDE 14']);
    folder.write('Corefile', COREFILE.replace('manifests k8s', 'manifests k8s\n    noendpoints'));
    expect(await restarted()).toEqual(['SERVFAIL EDE 14']);
    folder.write('Corefile', COREFILE);
    const [names] = stateFiles().filter((name) => name.endsWith('.names'));
    folder.write(join('state', names!), 'garbled');
    expect(await restarted()).toEqual([
      'SERVFAIL EDE 14',
      expect.stringMatching(/^Cannot use the names saved in .*: found another first line/),
    ]);
  });
});

describe('an address that was given out', () => {
  const AUTO = 'auto.shop.svc.cluster.local.';
  const addressOf = async (name: string) => (await answer(name)).split(' ').at(-1)!;
  const recordOf = (env: Readonly<Record<string, string>>) => {
    const args = [MAIN, 'records', '--config', folder.at('Corefile')];
    const text = execFileSync(process.execPath, args, { env: { ...process.env, ...env } });
    return new RegExp(`^${AUTO} 5 IN A (.*)$`, 'm').exec(text.toString())?.[1];
  };

  test('stays over a kill and a restart, also one that it was moved to; records shows it', async () => {
    folder.write('k8s/auto.yaml', service('auto', 'type: ClusterIP'));
    let server = await startLoaded();
    const derived = await addressOf(AUTO);
    folder.write('k8s/claim.yaml', service('claim', `clusterIP: ${derived}`));
    await eventually(async () => expect(await addressOf(AUTO)).not.toBe(derived));
    const moved = await addressOf(AUTO);
    await eventuallyTrue(() => {
      const [addresses] = stateFiles().filter((name) => name.endsWith('.addresses'));
      if (addresses === undefined) return false;
      return readFileSync(folder.at(`state/${addresses}`), 'utf8').includes(moved);
    });
    await server.kill();
    server = await startLoaded();
    expect(await addressOf(AUTO)).toBe(moved);
    folder.remove('k8s/claim.yaml');
    await eventually(async () => {
      expect(await answer('claim.shop.svc.cluster.local.')).toBe('NXDOMAIN');
    });
    await server.kill();
    server = await startLoaded();
    expect(await addressOf(AUTO)).toBe(moved);
    expect(recordOf({ SVCDNS_STATE: folder.at('state') })).toBe(moved);
    // It is the state that does it.
    expect(recordOf({ SVCDNS_STATE: 'off' })).toBe(derived);
    await server.kill();
    await startLoaded({ SVCDNS_STATE: 'off' });
    expect(await addressOf(AUTO)).toBe(derived);
  });

  test('is worked out anew, with a warning, when the file is damaged', async () => {
    folder.write('k8s/auto.yaml', service('auto', 'type: ClusterIP'));
    let server = await startLoaded();
    const derived = await addressOf(AUTO);
    await isSaved('.addresses');
    await server.kill();
    const [addresses] = stateFiles().filter((name) => name.endsWith('.addresses'));
    writeFileSync(folder.at(`state/${addresses}`), '{"format":"svcdns-state","version":1,');
    server = await startLoaded();
    await server.message(/Cannot use this state: .*STATE_UNREADABLE/);
    expect(await addressOf(AUTO)).toBe(derived);
  });
});

describe('the state folder', () => {
  test('that cannot be made is told once, and the server serves', async () => {
    folder.write('state', 'a file');
    const server = await startLoaded();
    expect(await answer(WEB)).toBe('NOERROR 5 A 10.96.0.7');
    expect(server.logged.filter((text) => text.includes('state'))).toEqual([
      expect.stringMatching(/^Cannot write into .*\. Nothing is kept for the next start/),
    ]);
  });

  test('that has no place is told once, unless it is off', async () => {
    const homeless = { SVCDNS_STATE: '', HOME: '', STATE_DIRECTORY: '', XDG_STATE_HOME: '' };
    const server = await startLoaded(homeless);
    expect(await answer(WEB)).toBe('NOERROR 5 A 10.96.0.7');
    expect(server.logged).toEqual([
      expect.stringMatching(/^Nothing is kept for the next start: found no home folder/),
    ]);
    await server.kill();
    const off = await startLoaded({ ...homeless, SVCDNS_STATE: 'off' });
    expect(off.logged).toEqual([]);
  });

  test('is that of the home without a word, made when it is missing', async () => {
    const home = { SVCDNS_STATE: '', HOME: folder.path, STATE_DIRECTORY: '', XDG_STATE_HOME: '' };
    await startLoaded(home);
    await eventually(() => {
      expect(
        readdirSync(folder.at('.local/state/svcdns')).some((name) => name.endsWith('.names')),
      ).toBe(true);
    });
  });

  test('may be shared by two servers', async () => {
    const first = await startLoaded();
    folder.write('other/Corefile', COREFILE.replaceAll('2027', '2028').replace('k8s', '../k8s'));
    const own = { SVCDNS_STATE: folder.at('state') };
    const second = new ServeProcess(['--config', folder.at('other/Corefile')], [], own);
    running.push(second);
    await second.until(() => second.printed.includes('Try: dig'), 'start-up text');
    for (let turn = 0; turn < 5; turn++) {
      folder.write('k8s/more.yaml', service(`more-${turn}`, 'type: ClusterIP'));
      await eventually(async () => {
        expect(await answer(`more-${turn}.shop.svc.cluster.local.`)).toMatch(/^NOERROR/);
      });
    }
    // The same manifests and options: the same files.
    await eventually(() => {
      const kept = stateFiles().filter((name) => /^[0-9a-f]/.test(name));
      expect(kept.map((name) => name.split('.').at(-1)).sort()).toEqual(['addresses', 'names']);
    });
    const change = /^(?:Service shop\/more-\d (?:added|gone)$|[+-] .* IN (?:A|SRV|PTR) )/;
    const others = [...first.logged, ...second.logged].filter((line) => !change.test(line));
    expect(others).toEqual([]);
  });
});

describe('what the manifests no longer have', () => {
  const many = Array.from({ length: 12 }, (_, at) => service(`s${at}`, 'type: ClusterIP')).join('');
  const S3 = 's3.shop.svc.cluster.local.';

  test('is held, counted, and let go at the next rescan', async () => {
    folder.write('k8s/many.yaml', many);
    await startLoaded({ SVCDNS_RESCAN: '4' });
    expect(await metric('svcdns_services_held')).toBe(0);
    folder.remove('k8s/many.yaml');
    await eventually(async () => expect(await metric('svcdns_services_held')).toBe(12));
    expect(await answer(S3)).toMatch(/^NOERROR/);
    await eventually(async () => expect(await answer(S3)).toBe('NXDOMAIN'));
    await eventually(async () => expect(await metric('svcdns_services_held')).toBe(0));
  });

  test('is gone at once with --hold-deletions off', async () => {
    folder.write('k8s/many.yaml', many);
    await startLoaded({ SVCDNS_RESCAN: '600', SVCDNS_HOLD_DELETIONS: 'off' });
    folder.remove('k8s/many.yaml');
    await eventually(async () => expect(await answer(S3)).toBe('NXDOMAIN'));
    expect(await metric('svcdns_services_held')).toBe(0);
  });

  test('is kept from the last good version of a broken file, and counted', async () => {
    await startLoaded();
    expect(await metric('svcdns_objects_kept')).toBe(0);
    folder.write('k8s/web.yaml', 'a: [');
    await eventually(async () => expect(await metric('svcdns_objects_kept')).toBe(3));
    expect(await metric('svcdns_manifest_problems')).toBe(1);
    expect(await answer(WEB)).toBe('NOERROR 5 A 10.96.0.7');
  });

  test('goes with a broken file with --keep-last-good off', async () => {
    await startLoaded({ SVCDNS_KEEP_LAST_GOOD: 'off' });
    folder.write('k8s/web.yaml', 'a: [');
    await eventually(async () => expect(await answer(WEB)).toBe('NXDOMAIN'));
    expect(await metric('svcdns_objects_kept')).toBe(0);
  });
});
