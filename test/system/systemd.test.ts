import { cpSync } from 'node:fs';
import { encode } from 'dns-packet';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { output, Running, run } from './command.ts';
import { ROOT } from './server.ts';
import { SystemdMachine } from './systemd/machine.ts';
import { requireTools } from './tools.ts';

// deploy/systemd under a systemd of the test's own, as docs/cluster.md says to install it.

const RESTARTS = 20;
const QUERIES = 200_000;
/** A second. */
const RATE = 2000;
const SERVER = '127.0.0.1';
/** Where the client lies in the machine. */
const STEADY = '/usr/lib/steady.mjs';
const ADDRESS = '10.96.0.7';
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: ${ADDRESS}, ports: [{ port: 80 }] }
`;

const folder = new TempFolder();
let machine: SystemdMachine;

beforeAll(async () => {
  requireTools('ip', 'mount', 'nsenter', 'setpriv', 'systemctl', 'unshare');
  const pack = ['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination'] as const;
  const packed = await output([...pack, folder.path], { cwd: ROOT });
  const archive = packed.trim();
  const install = ['npm', 'install', '--global', '--offline', '--no-audit', '--no-fund'] as const;
  const prefix = ['--prefix', folder.at('files/usr')];
  await output([...install, ...prefix, folder.at(archive)]);
  const put = (from: string, to: string) =>
    cpSync(`${ROOT}/deploy/systemd/${from}`, folder.at(`files/etc/${to}/${from}`));
  put('svcdns.socket', 'systemd/system');
  put('svcdns.service', 'systemd/system');
  put('Corefile', 'svcdns');
  // Below /tmp this checkout would not be seen in the machine, which has a /tmp of its own.
  cpSync(`${ROOT}/test/system/systemd/steady.mjs`, folder.at(`files${STEADY}`));
  folder.write('files/etc/svcdns/manifests/web.yaml', SERVICE);
  folder.write('files/etc/resolv.conf', 'nameserver 192.0.2.53\n'); // RFC 5737
  machine = await SystemdMachine.boot(folder);
});

afterAll(async () => {
  await machine?.stop();
  folder.dispose();
});

const state = (property: string) =>
  machine.run('systemctl', 'show', '--value', `--property=${property}`, 'svcdns.service');

const dig = (...how: string[]) =>
  machine.run('dig', `@${SERVER}`, '+short', ...how, 'web.shop.svc.cluster.local');

test('systemd finds nothing to complain of in the units', async () => {
  const units = ['svcdns.socket', 'svcdns.service'] as const;
  const argv = machine.command('systemd-analyze', 'verify', '--man=no', ...units);
  const { status, stdout, stderr } = await run(argv);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('the first question to svcdns.socket starts svcdns.service, without privileges', async () => {
  await machine.run('systemctl', 'start', 'svcdns.socket');
  expect(await state('ActiveState')).toBe('inactive\n');
  expect(await dig('+timeout=20')).toBe(`${ADDRESS}\n`);
  expect(await dig('+tcp')).toBe(`${ADDRESS}\n`);
  expect(await state('ActiveState')).toBe('active\n');
  const pid = (await state('MainPID')).trim();
  const status = await machine.run('cat', `/proc/${pid}/status`);
  expect(status).toMatch(/^CapEff:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);
  expect(status).not.toMatch(/^Uid:\t0\t/m);
});

test('systemd calls the service well protected', async () => {
  const argv = machine.command('systemd-analyze', 'security', '--no-pager', 'svcdns.service');
  const { stdout } = await run(argv);
  const [, exposure] = /Overall exposure level for svcdns.service: ([\d.]+) OK/.exec(stdout) ?? [];
  expect(Number(exposure), stdout).toBeLessThanOrEqual(2);
});

test(`of ${QUERIES} queries none is lost over ${RESTARTS} restarts`, async () => {
  const questions = [{ name: 'web.shop.svc.cluster.local', type: 'A' }] as const;
  const query = Buffer.from(encode({ id: 0, flags: 0x0100, questions: [...questions] }));
  const how = [SERVER, query.toString('base64'), ADDRESS, `${QUERIES}`, `${RATE}`] as const;
  const client = new Running(machine.command('node', STEADY, ...how));
  const seen = () => JSON.parse(client.printed.trimEnd().split('\n').at(-1) || '{}');
  const pids = new Set<string>();
  for (let restart = 1; restart <= RESTARTS; restart++) {
    const from = ((restart - 0.5) * QUERIES) / RESTARTS;
    // It ends by itself when it waits in vain.
    await vi.waitUntil(() => seen().answered >= from || !client.isRunning, {
      ...{ timeout: PATIENCE_MS, interval: 50 },
    });
    await machine.run('systemctl', 'restart', 'svcdns.service');
    pids.add(await state('MainPID'));
  }
  await client.ended;
  expect(seen()).toEqual({ asked: QUERIES, answered: QUERIES, wrong: 0 });
  expect(pids.size).toBe(RESTARTS);
  expect(await state('NRestarts')).toBe('0\n');
}, 900_000);

test('a service that cannot start is tried again until it can, and its sockets stay', async () => {
  const corefile = '/etc/svcdns/Corefile';
  await machine.run('sh', '-c', `cp ${corefile} /tmp && echo '.:53 { nothing }' > ${corefile}`);
  await machine.run('systemctl', 'restart', 'svcdns.service');
  // systemd itself gives up after five times.
  await eventually(async () => expect(Number(await state('NRestarts'))).toBeGreaterThan(6));
  await machine.run('cp', '/tmp/Corefile', corefile);
  await eventually(async () => expect(await dig()).toBe(`${ADDRESS}\n`));
});

test('a reload reads the Corefile again, and a stop leaves the sockets', async () => {
  const pid = await state('MainPID');
  await machine.run('sh', '-c', 'sed -i s/cluster.local/other.test/ /etc/svcdns/Corefile');
  await machine.run('systemctl', 'reload', 'svcdns.service');
  const other = () => machine.run('dig', `@${SERVER}`, '+short', 'web.shop.svc.other.test');
  await eventually(async () => expect(await other()).toBe(`${ADDRESS}\n`));
  expect(await state('MainPID')).toBe(pid);
  await machine.run('systemctl', 'stop', 'svcdns.service');
  expect(await state('Result')).toBe('success\n');
  expect(await machine.run('systemctl', 'is-active', 'svcdns.socket')).toBe('active\n');
});
