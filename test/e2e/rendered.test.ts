import { spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startServer } from '../../src/index.ts';
import { systemClock } from '../../src/support/clock.ts';
import { TestIo } from '../cli/test-io.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  FAKE_KUSTOMIZE,
  fakeTools,
  hangingTool,
  pidIn,
  wrappedTool,
} from '../helpers/fake-tools.ts';
import { rounds } from '../helpers/runs.ts';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// Manifests that another program renders. The programs are scripts: test/system has the real ones.

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let folder: TempFolder;
let serving: ServeHere | undefined;
beforeEach(() => {
  folder = new TempFolder();
  vi.stubEnv('PATH', fakeTools(folder, { kustomize: FAKE_KUSTOMIZE }));
  folder.write('dev/kustomization.yaml', 'resources: [web.yaml]');
  folder.write('dev/web.yaml', service('web', '10.96.0.7'));
});
afterEach(async () => {
  await serving?.stop();
  serving = undefined;
  vi.unstubAllEnvs();
  folder.dispose();
});

function service(name: string, address: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ port: 80 }] }
`;
}

/** A command line, run to its end in the folder. */
async function run(line: string, env: Record<string, string> = {}) {
  const io = new TestIo({
    cwd: folder.path,
    env: { SVCDNS_STATE: 'off', ...env },
    clock: systemClock,
  });
  const { code: status, stdout, stderr } = await io.outcome(line);
  const seen = (text: string) => text.replaceAll(`${folder.path}/`, '');
  return { status, stdout: seen(stdout), stderr: seen(stderr) };
}

async function serve(...args: readonly string[]): Promise<ServeHere> {
  const own = ['--listen', '127.0.0.1:0', '--admin', 'off', '--forward', 'off'];
  serving = new ServeHere([...own, ...args], { cwd: folder.path });
  return serving;
}

const isReady = (server: ServeHere) =>
  server.until(() => /^Try: dig/m.test(server.printed), 'start-up text');

function addressOf(server: ServeHere, name: string): Promise<string[]> {
  const port = /^Listening on 127\.0\.0\.1:(\d+)/m.exec(server.printed)?.[1];
  const resolver = new Resolver({ tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver.resolve4(`${name}.shop.svc.cluster.local`).catch(({ code }) => [code]);
}

const SAID =
  'dev/kustomization.yaml: hint: Rendering this folder with kustomize, as if kustomize:dev were given: --exclude kustomization.yaml reads its files as they stand [KUSTOMIZATION_FOUND]\n';

describe('svcdns serve of what is rendered', () => {
  test.for([
    ['kustomize:dev', ''],
    ['dev', SAID],
  ] as const)(
    '--manifests %s answers it, and follows changes and mistakes',
    async ([manifests, said]) => {
      const server = await serve('--manifests', manifests);
      await isReady(server);
      expect(server.stderr).toBe(said);
      expect(server.printed).toContain('Read 1 file in kustomize:dev: ');
      expect(await addressOf(server, 'web')).toEqual(['10.96.0.7']);
      folder.write('dev/db.yaml', service('db', '10.96.0.8'));
      await eventually(async () => expect(await addressOf(server, 'db')).toEqual(['10.96.0.8']));
      folder.remove('dev/kustomization.yaml');
      const failed = await server.message(
        /^kustomize:dev:1:1: error: Cannot render this: kustomize: Error: unable to find one of 'kustomization\.yaml'/,
      );
      expect(failed).toContain('[RENDER_FAILED]');
      expect(await addressOf(server, 'web')).toEqual(['10.96.0.7']);
      folder.write('dev/kustomization.yaml', '{}');
      await server.message(/^No errors any more in kustomize:dev$/);
    },
  );

  test('ends at once without the tool, or when nothing is there', async () => {
    fakeTools(folder, {});
    folder.remove('bin/kustomize');
    expect(await run('serve --manifests kustomize:dev')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        "--manifests: error: Cannot render 'kustomize:dev': found neither kustomize nor kubectl on the PATH: install one of them (https://kubectl.docs.kubernetes.io/installation/kustomize/) [CONFIG_MANIFESTS]\n",
    });
    expect((await run('serve --manifests helm:nope')).stderr).toContain("Cannot find 'nope'");
  });

  test.for(['SIGTERM', 'SIGHUP'] as const)(
    '%s ends a program that is under way',
    async (signal) => {
      fakeTools(folder, { kustomize: hangingTool(folder.at('pid')) });
      const corefile = (manifests: string) =>
        `cluster.local:0 {\n  kubernetes {\n    manifests ${manifests}\n  }\n}\n`;
      folder.write('Corefile', corefile('kustomize:dev'));
      const server = await serveCorefile();
      const pid = await pidIn(folder.at('pid'));
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      folder.write('plain/a.yaml', service('plain', '10.96.0.9'));
      folder.write('Corefile', corefile('plain'));
      server.signal(signal);
      await eventually(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
      if (signal === 'SIGHUP') await server.message(/^Reloading complete$/);
      else expect(await server.ended()).toBe(0);
    },
  );

  const ENDINGS = [
    ['check', 'SIGINT'],
    ['serve', 'SIGTERM'],
    ['serve', 'SIGINT'],
  ] as const;

  test.for(ENDINGS.slice(0, rounds(2, ENDINGS.length)))(
    '%s, %s ends what a script around the program has started',
    async ([command, signal]) => {
      fakeTools(folder, { kustomize: wrappedTool(folder.at('pid')) });
      const line =
        command === 'check' ? ['check'] : ['serve', '--listen', '127.0.0.1:0', '--manifests'];
      const options = { cwd: folder.path, env: { ...process.env, SVCDNS_ADMIN: 'off' } };
      const child = spawn(process.execPath, [MAIN, ...line, 'kustomize:dev'], options);
      const pid = await pidIn(folder.at('pid'));
      try {
        child.kill(signal);
        await eventually(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
      } finally {
        child.kill('SIGKILL');
        if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
      }
    },
  );

  async function serveCorefile(): Promise<ServeHere> {
    serving = new ServeHere(['--config', 'Corefile'], { cwd: folder.path });
    return serving;
  }
});

describe('the same for', () => {
  test.for(['kustomize:dev', 'dev'])('svcdns check, records and get %s', async (manifests) => {
    const checked = await run(`check ${manifests}`);
    expect(checked.stdout).toContain('Checked 1 file: 1 Service');
    expect(checked.stdout.includes(SAID)).toBe(manifests === 'dev');
    expect(checked.status).toBe(0);
    const records = await run(`records --format json ${manifests}`);
    expect(records.stdout).toContain(
      '"data":"10.96.0.7","object":"Service shop/web","origin":"kustomize:dev:1:1"',
    );
    const got = await run(`get services -A --manifests ${manifests}`);
    expect(got.stdout).toContain('10.96.0.7');
  });

  test('SVCDNS_MANIFESTS, the Corefile and startServer()', async () => {
    const variable = { SVCDNS_MANIFESTS: 'kustomize:dev' };
    expect((await run('records', variable)).stdout).toContain('10.96.0.7');
    folder.write(
      'Corefile',
      '. {\n  kubernetes cluster.local {\n    manifests kustomize:dev\n  }\n}\n',
    );
    expect((await run('records')).stdout).toContain('10.96.0.7');
    const server = await startServer({ manifests: `kustomize:${folder.at('dev')}` });
    expect(server.summary).toMatchObject({ files: 1, namespaces: [{ name: 'shop' }] });
    await server.close();
  });

  test('svcdns check of a folder with a kustomization further down, which is an error', async () => {
    const { status, stdout } = await run('check .');
    expect(stdout).toContain(
      'dev/kustomization.yaml:1:1: error: Cannot read the files beside this one as manifests: they are to be rendered: expected kustomize:dev in their place, or --exclude kustomization.yaml for the files as they stand [MANIFEST_TO_RENDER]\n',
    );
    expect(status).toBe(1);
    expect((await run('check . --exclude kustomization.yaml')).status).toBe(0);
    expect((await run('check kustomize:dev')).status).toBe(0);
  });

  test('svcdns check of a kustomization by its name says which word checks it', async () => {
    const { status, stdout } = await run('check dev/kustomization.yaml');
    const [, word] = /: expected (\S+) in its place \[MANIFEST_TO_RENDER\]/.exec(stdout) ?? [];
    expect([status, word]).toEqual([1, 'kustomize:dev']);
    expect((await run(`check ${word}`)).status).toBe(0);
  });
});
