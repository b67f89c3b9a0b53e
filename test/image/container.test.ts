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
const VOLUME = `${NAME}-state`;

beforeAll(() => {
  cpSync(join(ROOT, 'zones'), folder.path, { recursive: true });
  folder.write('given.yaml', SERVICE);
  chmodSync(folder.path, 0o755); // the user of the image has to be able to look into it
  docker(['volume', 'create', VOLUME]);
  start();
});

afterAll(() => {
  docker(['rm', '--force', NAME]);
  docker(['volume', 'rm', '--force', VOLUME]);
  folder.dispose();
});

test('is healthy with a read-only root and no capability but NET_BIND_SERVICE', async () => {
  await healthy();
});

test('runs as 65532, and only that may be done which it needs', () => {
  const status = docker(['exec', NAME, 'sh', '-c', 'cat /proc/1/status']);
  expect(status).toMatch(/^Uid:(\t65532){4}$/m);
  expect(status).toMatch(/^Gid:(\t65532){4}$/m);
  expect(status).toMatch(/^CapBnd:\t0000000000000400$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
});

test('answers containers that have it as their resolver', () => {
  expect(lookUp('redis.default.svc.cluster.local')).toContain('10.99.209.251');
});

test('ends with status 0 on SIGTERM, and gives the same addresses after a restart', async () => {
  const before = lookUp('given.default.svc.cluster.local');
  expect(before).toMatch(/10\.\d+\.\d+\.\d+\s*$/);
  docker(['stop', '--time', '20', NAME]);
  expect(docker(['inspect', '--format', '{{.State.ExitCode}}', NAME]).trim()).toBe('0');
  docker(['rm', NAME]);
  const look = [
    '--volume',
    `${VOLUME}:/state`,
    '--entrypoint',
    'busybox',
    'svcdns',
    'ls',
    '/state',
  ];
  const kept = docker(['run', '--rm', ...look]);
  expect(kept).toMatch(/\.addresses$/m);
  expect(kept).toMatch(/\.names$/m);
  start();
  await healthy();
  expect(answerOf(lookUp('given.default.svc.cluster.local'))).toBe(answerOf(before));
});

function start(): void {
  const hardened = ['--read-only', '--cap-drop', 'ALL', '--cap-add', 'NET_BIND_SERVICE'];
  const privileges = ['--security-opt', 'no-new-privileges'];
  const volumes = [`${folder.path}:/manifests:ro`, `${VOLUME}:/var/lib/svcdns`];
  const mounts = volumes.flatMap((volume) => ['--volume', volume]);
  docker(['run', '--detach', '--name', NAME, ...hardened, ...privileges, ...mounts, 'svcdns']);
}

function healthy(): Promise<true> {
  const format = ['--format', '{{.State.Health.Status}} {{.State.Status}}'];
  return until('the container is healthy', () => {
    const state = docker(['inspect', ...format, NAME]).trim();
    if (state.endsWith('exited')) throw new Error(docker(['logs', NAME]));
    return state === 'healthy running' || undefined;
  });
}

function lookUp(name: string): string {
  const format = '{{.NetworkSettings.IPAddress}}';
  const address = docker(['inspect', '--format', format, NAME]).trim();
  return docker(['run', '--rm', '--dns', address, 'busybox:1', 'nslookup', '-type=a', name]);
}

function answerOf(lookedUp: string): string | undefined {
  return /^Address[^:]*: *(\S+)\s*$/m.exec(lookedUp.split('Name:')[1] ?? '')?.[1];
}
