import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ROOT } from '../readme-blocks.ts';
import { docker, until } from './engine.ts';

/** Without a cluster IP: one is given to it, and kept. */
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: given }
spec: { ports: [{ port: 80 }] }
`;

const folder = new TempFolder();
const NAME = `svcdns-test-${process.pid}`;
const OTHER = `${NAME}-other`;
/** Then the capability of the node binary is not granted; the engine opens low ports to all. */
const WITHOUT_NEW_PRIVILEGES = ['--security-opt', 'no-new-privileges'];

beforeAll(() => {
  cpSync(join(ROOT, 'zones'), folder.path, { recursive: true });
  folder.write('given.yaml', SERVICE);
  chmodSync(folder.path, 0o755); // the user of the image has to be able to look into it
  start(NAME, ...WITHOUT_NEW_PRIVILEGES);
});

afterAll(() => {
  for (const name of [NAME, OTHER]) {
    docker(['rm', '--force', name]);
    docker(['volume', 'rm', '--force', volumeOf(name)]);
  }
  folder.dispose();
});

test('has at most 150 MB', () => {
  const bytes = docker(['image', 'inspect', '--format', '{{.Size}}', 'svcdns']);
  expect(Number(bytes)).toBeGreaterThan(0);
  expect(Number(bytes)).toBeLessThan(150e6);
});

test('is healthy with a read-only root and no capability but NET_BIND_SERVICE', async () => {
  await healthy(NAME);
  expect(docker(['logs', NAME])).toMatch(/^UDP transport: native$/m);
});

test('runs as 65532, and only that may be done which it needs', () => {
  const status = docker(['exec', NAME, 'sh', '-c', 'cat /proc/1/status']);
  expect(status).toMatch(/^Uid:(\t65532){4}$/m);
  expect(status).toMatch(/^Gid:(\t65532){4}$/m);
  expect(status).toMatch(/^CapBnd:\t0000000000000400$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
});

test('answers containers that have it as their resolver', () => {
  expect(lookUp(NAME, 'redis.default.svc.cluster.local')).toContain('10.99.209.251');
});

test('has port 53 by the capability of its node where low ports belong to root', async () => {
  start(OTHER, '--sysctl', 'net.ipv4.ip_unprivileged_port_start=1024');
  await healthy(OTHER);
  expect(docker(['exec', OTHER, 'sh', '-c', 'cat /proc/1/status'])).toMatch(/^Uid:(\t65532){4}$/m);
  expect(lookUp(OTHER, 'redis.default.svc.cluster.local')).toContain('10.99.209.251');
});

test('ends with status 0 on SIGTERM, and gives the same addresses after a restart', async () => {
  const before = lookUp(NAME, 'given.default.svc.cluster.local');
  expect(before).toMatch(/10\.\d+\.\d+\.\d+\s*$/);
  docker(['stop', '--time', '20', NAME]);
  expect(docker(['inspect', '--format', '{{.State.ExitCode}}', NAME]).trim()).toBe('0');
  docker(['rm', NAME]);
  const look = [
    '--volume',
    `${volumeOf(NAME)}:/state`,
    '--entrypoint',
    'busybox',
    'svcdns',
    'ls',
    '/state',
  ];
  const kept = docker(['run', '--rm', ...look]);
  expect(kept).toMatch(/\.addresses$/m);
  expect(kept).toMatch(/\.names$/m);
  start(NAME, ...WITHOUT_NEW_PRIVILEGES);
  await healthy(NAME);
  expect(answerOf(lookUp(NAME, 'given.default.svc.cluster.local'))).toBe(answerOf(before));
});

/** Where it keeps addresses; the engine makes it. */
function volumeOf(name: string): string {
  return `${name}-state`;
}

function start(name: string, ...options: readonly string[]): void {
  const hardened = ['--read-only', '--cap-drop', 'ALL', '--cap-add', 'NET_BIND_SERVICE'];
  const volumes = [`${folder.path}:/manifests:ro`, `${volumeOf(name)}:/var/lib/svcdns`];
  const mounts = volumes.flatMap((volume) => ['--volume', volume]);
  docker(['run', '--detach', '--name', name, ...hardened, ...options, ...mounts, 'svcdns']);
}

function healthy(name: string): Promise<true> {
  const format = ['--format', '{{.State.Health.Status}} {{.State.Status}}'];
  return until('the container is healthy', () => {
    const state = docker(['inspect', ...format, name]).trim();
    if (state.endsWith('exited')) throw new Error(docker(['logs', name]));
    return state === 'healthy running' || undefined;
  });
}

function lookUp(container: string, name: string): string {
  const format = '{{.NetworkSettings.IPAddress}}';
  const address = docker(['inspect', '--format', format, container]).trim();
  return docker(['run', '--rm', '--dns', address, 'busybox:1', 'nslookup', '-type=a', name]);
}

function answerOf(lookedUp: string): string | undefined {
  return /^Address[^:]*: *(\S+)\s*$/m.exec(lookedUp.split('Name:')[1] ?? '')?.[1];
}
