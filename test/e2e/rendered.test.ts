import { spawn, spawnSync } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../src/index.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  FAKE_KUSTOMIZE,
  fakeTools,
  hangingTool,
  pidIn,
  wrappedTool,
} from '../helpers/fake-tools.ts';
import { rounds } from '../helpers/runs.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// Manifests that another program renders. The programs are scripts: test/system has the real ones.

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let folder: TempFolder;
let env: { readonly PATH: string; readonly SVCDNS_STATE: string };
let serving: ServeProcess | undefined;
beforeEach(() => {
  folder = new TempFolder();
  env = { PATH: fakeTools(folder, { kustomize: FAKE_KUSTOMIZE }), SVCDNS_STATE: 'off' };
  folder.write('dev/kustomization.yaml', 'resources: [web.yaml]');
  folder.write('dev/web.yaml', service('web', '10.96.0.7'));
});
afterEach(async () => {
  await serving?.kill();
  serving = undefined;
  folder.dispose();
});

function service(name: string, address: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ port: 80 }] }
`;
}

function run(...args: readonly string[]) {
  const options = { cwd: folder.path, encoding: 'utf8', env, timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], options);
  return { status, stdout, stderr };
}

async function serve(...args: readonly string[]): Promise<ServeProcess> {
  const own = ['--listen', '127.0.0.1:0', '--admin', 'off', '--forward', 'off'];
  serving = new ServeProcess([...own, ...args], [], env, undefined, folder.path);
  return serving;
}

const isReady = (server: ServeProcess) =>
  server.until(() => /^Try: dig/m.test(server.printed), 'start-up text');

function addressOf(server: ServeProcess, name: string): Promise<string[]> {
  const port = /^Listening on 127\.0\.0\.1:(\d+)/m.exec(server.printed)?.[1];
  const resolver = new Resolver({ tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver.resolve4(`${name}.shop.svc.cluster.local`).catch(({ code }) => [code]);
}

const SAID =
  'dev/kustomization.yaml: hint: Rendering this folder with kustomize, as if --manifests kustomize:dev were given: --exclude kustomization.yaml reads its files as they stand [KUSTOMIZATION_FOUND]\n';

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
    expect(run('serve', '--manifests', 'kustomize:dev')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        "--manifests: error: Cannot render 'kustomize:dev': found neither kustomize nor kubectl on the PATH: install one of them (https://kubectl.docs.kubernetes.io/installation/kustomize/) [CONFIG_MANIFESTS]\n",
    });
    expect(run('serve', '--manifests', 'helm:nope').stderr).toContain("Cannot find 'nope'");
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
      else expect((await server.exited()).code).toBe(0);
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
      const options = { cwd: folder.path, env: { ...env, SVCDNS_ADMIN: 'off' } };
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

  async function serveCorefile(): Promise<ServeProcess> {
    serving = new ServeProcess(['--config', 'Corefile'], [], env, undefined, folder.path);
    return serving;
  }
});

describe('the same for', () => {
  test.for(['kustomize:dev', 'dev'])('svcdns check, records and get %s', (manifests) => {
    const checked = run('check', manifests);
    expect(checked.stdout).toContain('Checked 1 file: 1 Service');
    expect(checked.stdout.includes(SAID)).toBe(manifests === 'dev');
    expect(checked.status).toBe(0);
    const records = run('records', '--format', 'json', manifests);
    expect(records.stdout).toContain(
      '"data":"10.96.0.7","object":"Service shop/web","origin":"kustomize:dev:1:1"',
    );
    expect(run('get', 'services', '-A', '--manifests', manifests).stdout).toContain('10.96.0.7');
  });

  test('SVCDNS_MANIFESTS, the Corefile and startServer()', async () => {
    const variable = { ...env, SVCDNS_MANIFESTS: 'kustomize:dev' };
    const options = { cwd: folder.path, encoding: 'utf8', env: variable } as const;
    expect(spawnSync(process.execPath, [MAIN, 'records'], options).stdout).toContain('10.96.0.7');
    folder.write(
      'Corefile',
      '. {\n  kubernetes cluster.local {\n    manifests kustomize:dev\n  }\n}\n',
    );
    expect(run('records').stdout).toContain('10.96.0.7');
    const path = process.env['PATH'];
    process.env['PATH'] = env.PATH;
    try {
      const server = await startServer({ manifests: `kustomize:${folder.at('dev')}` });
      expect(server.summary).toMatchObject({ files: 1, namespaces: [{ name: 'shop' }] });
      await server.close();
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('svcdns check of a folder with a kustomization further down, which is an error', () => {
    const { status, stdout } = run('check', '.');
    expect(stdout).toContain(
      'dev/kustomization.yaml:1:1: error: Cannot read the files beside this one as manifests: they are to be rendered: expected --manifests kustomize:dev, or --exclude kustomization.yaml for the files as they stand [MANIFEST_TO_RENDER]\n',
    );
    expect(status).toBe(1);
    expect(run('check', '.', '--exclude', 'kustomization.yaml').status).toBe(0);
  });
});
