import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestIo } from '../cli/test-io.ts';
import { blocksOf } from '../readme-blocks.ts';
import { CHARTS, type Chart } from './charts.ts';
import { type Argv, output, Running, run } from './command.ts';
import { BUILD_MS, goTool } from './go-tools.ts';
import { KUSTOMIZATIONS, type Tree } from './kustomizations.ts';
import { svcdns, whenReady } from './server.ts';

// The real kustomize and Helm. What svcdns makes of a source that they render is compared with what
// it makes of their own output in a file, and with the Services that another reader finds there.

const top = mkdtempSync(join(tmpdir(), 'svcdns-rendered-'));
const env: NodeJS.ProcessEnv = { ...process.env, SVCDNS_STATE: 'off' };
let made = 0;

beforeAll(async () => {
  const folders = [await goTool('kustomize'), await goTool('helm')];
  env['PATH'] = [...folders, process.env['PATH']].join(delimiter);
  process.env['PATH'] = env['PATH'];
}, BUILD_MS);
afterAll(() => rmSync(top, { recursive: true }));

function write(tree: Tree, folder = join(top, String(made++))): string {
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

interface Metadata {
  readonly name: string;
  namespace?: string;
}

interface Manifest {
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly items?: readonly Manifest[];
}

/** Services as `namespace/name`, by another reader than ours. */
function servicesIn(text: string, namespace: string): string[] {
  const objects = (loadAll(text) as (Manifest | null)[]).flatMap((one) => one?.items ?? one ?? []);
  return objects
    .filter(({ kind }) => kind === 'Service')
    .map(({ metadata }) => `${metadata.namespace ?? namespace}/${metadata.name}`)
    .sort();
}

/** What a command prints that has nothing to complain of; in this process, as there are many. */
async function printedBy(line: string, cwd: string): Promise<string> {
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off' } });
  const { code, stdout, stderr } = await io.outcome(line);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** All records of manifests, with places but without the names of files. */
async function recordsOf(manifests: string, cwd: string): Promise<string> {
  const records = await printedBy(`records --format json ${manifests}`, cwd);
  const unnamed = records.replace(
    /"(?:[^"]*printed\.yaml|(?:kustomize|helm):[^"]*?)(:\d+:\d+)"/g,
    '"FILE$1"',
  );
  return unnamed.replace(/(hostmaster\S+) \d+/g, '$1');
}

/** Services as `namespace/name`, as svcdns has them. */
async function servicesOf(manifests: string, cwd: string): Promise<string[]> {
  const [, ...lines] = (await printedBy(`get services -A --manifests ${manifests}`, cwd))
    .trim()
    .split('\n');
  return lines.map((line) => line.split(/\s+/).slice(0, 2).join('/')).sort();
}

describe('kustomize:', () => {
  test.each(KUSTOMIZATIONS)('%s', async (_what, tree) => {
    const folder = write(tree);
    const printed = await output(['kustomize', 'build', join(folder, 'dev')], { env });
    writeFileSync(join(folder, 'printed.yaml'), printed);
    const rendered = await recordsOf('kustomize:dev', folder);
    expect(rendered).toContain('"FILE:');
    expect(rendered).toBe(await recordsOf('printed.yaml', folder));
    expect(await servicesOf('kustomize:dev', folder)).toEqual(servicesIn(printed, 'default'));
  });
});

describe('helm:', () => {
  /** `helm create` makes the chart that most begin with. */
  const started: Chart = {
    what: 'as helm create makes it',
    tree: {},
    chart: 'my',
    namespace: 'shop',
  };

  test.each([...CHARTS, started])('a chart $what', async (chart) => {
    const folder = write(chart.tree);
    mkdirSync(folder, { recursive: true });
    if (chart === started) await output(['helm', 'create', 'my'], { cwd: folder, env });
    await compare(chart, chart.chart, folder);
  });

  test('a packed chart', async () => {
    const [chart] = CHARTS as [Chart];
    const folder = write(chart.tree);
    await output(['helm', 'package', chart.chart], { cwd: folder, env });
    await compare(chart, 'web-1.0.0.tgz', folder);
  });

  async function compare(chart: Chart, path: string, folder: string): Promise<void> {
    const { values = [], release, namespace = 'default' } = chart;
    const files = values.flatMap((file) => ['--values', file.includes(',') ? `"${file}"` : file]);
    const args = [
      release ?? 'release-name',
      path,
      ...files,
      '--namespace',
      namespace,
      '--skip-tests',
    ];
    const helm: Argv = ['helm', 'template', ...args];
    const printed = await output(helm, { cwd: folder, env });
    writeFileSync(join(folder, 'printed.yaml'), placedIn(printed, namespace));
    const words = [
      ...values.map((file) => `values=${file}`),
      ...(release === undefined ? [] : [`release=${release}`]),
      ...(chart.namespace === undefined ? [] : [`namespace=${namespace}`]),
    ];
    const source = `helm:${path}${words.length > 0 ? `?${words.join('&')}` : ''}`;
    const rendered = await recordsOf(source, folder);
    expect(rendered).toContain('"FILE:');
    expect(rendered).toBe(await recordsOf('printed.yaml', folder));
    expect(await servicesOf(source, folder)).toEqual(servicesIn(printed, namespace));
  }

  /**
   * As `helm install` places it: what names no namespace is in the release's. Objects stay on their
   * lines: for a line that is put in, the comment in front of the next object goes.
   */
  function placedIn(text: string, namespace: string): string {
    let isOwed = false;
    const parts = text.split(/^---$/m).map((written) => {
      const part = isOwed ? written.replace(/^# Source: .*\n/m, '') : written;
      isOwed = false;
      const [object] = loadAll(part) as (Manifest | undefined)[];
      if (object?.metadata?.namespace !== undefined) return part;
      const inBlock = part.replace(/^metadata:\n {2}name: .*\n/m, `$&  namespace: ${namespace}\n`);
      isOwed = inBlock !== part;
      return inBlock.replace(/^metadata: \{/m, `metadata: { namespace: ${namespace},`);
    });
    return parts.join('---');
  }
});

describe('what kustomize and Helm may not do:', () => {
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: 80 }] }\n';

  test.each([
    [
      'fetch a patch',
      'resources: [web.yaml]\npatches: [{ path: "https://example.org/p.yaml" }]\n',
      /proxyconnect|connection refused/,
    ],
    [
      'fetch a file',
      'resources: [web.yaml]\nconfigMapGenerator: [{ name: a, files: ["http://example.org/f"] }]\n',
      /proxyconnect|connection refused/,
    ],
    [
      'fetch a base',
      'resources: [web.yaml, "https://example.org/base?ref=main"]\n',
      /which is not on this machine/,
    ],
    ['read a file outside', 'resources: [../secret.yaml]\n', /is not in or below/],
    [
      'run a plugin',
      'resources: [web.yaml]\ngenerators: [plugin.yaml]\n',
      /unable to load plugin|enable|external plugins disabled/,
    ],
    [
      'inflate a chart',
      'resources: [web.yaml]\nhelmCharts: [{ name: a, repo: "https://example.org", version: "1" }]\n',
      /must specify --enable-helm/,
    ],
  ])('%s', async (_what, kustomization, why) => {
    const folder = write({
      'dev/kustomization.yaml': kustomization,
      'dev/web.yaml': service,
      'dev/plugin.yaml': 'apiVersion: example.org/v1\nkind: Made\nmetadata: { name: m }\n',
      'secret.yaml': service,
    });
    const { status, stdout } = await run(svcdns('check', 'kustomize:dev'), { cwd: folder, env });
    expect(stdout).toMatch(why);
    expect(stdout).toContain('Checked 1 file: 0 Services');
    expect(status).toBe(1);
  });

  test('take charts that are not whole', async () => {
    const folder = write({
      'web/Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{ name: cache, version: 1.0.0, repository: "https://example.org" }]\n',
    });
    const { stdout } = await run(svcdns('check', 'helm:web'), { cwd: folder, env });
    expect(stdout).toMatch(
      /helm: Error: An error occurred while checking for chart dependencies.*missing in charts\/ directory: cache/,
    );
  });
});

test('svcdns serve follows a base that a kustomization names, and the values of a chart', async () => {
  const [, overlay] = KUSTOMIZATIONS.find(
    ([what]) => what === 'namespace',
  ) as (typeof KUSTOMIZATIONS)[0];
  const { tree } = CHARTS[1] as Chart;
  const folder = write({ ...overlay, ...tree });
  const sources = ['kustomize:dev', 'helm:web?values=a.yaml&release=r&namespace=n'];
  const server = new Running(
    svcdns(
      'serve',
      ...sources.flatMap((one) => ['--manifests', one]),
      '--listen',
      '127.0.0.1:0',
      '--forward',
      'off',
      '--admin',
      'off',
    ),
    { cwd: folder, env },
  );
  try {
    await whenReady(server);
    const [, at] = /^Listening on (127\.0\.0\.1:\d+)/m.exec(server.printed) ?? [];
    const answer = async (name: string) =>
      (
        await run(svcdns('query', `${name}.svc.cluster.local`, '--short', `@${at}`), { env })
      ).stdout.trim();
    expect(await answer('web.shop')).toBe('10.96.1.1');
    expect(await answer('r-web.n')).toBe('10.96.3.2');
    const web = join(folder, 'base/web.yaml');
    writeFileSync(web, readFileSync(web, 'utf8').replace('10.96.1.1', '10.96.1.9'));
    writeFileSync(join(folder, 'a.yaml'), 'clusterIP: 10.96.3.9\n');
    await expect.poll(() => answer('web.shop')).toBe('10.96.1.9');
    await expect.poll(() => answer('r-web.n')).toBe('10.96.3.9');
    writeFileSync(web, '{');
    await server.until(() => /Cannot render this: kustomize: Error: /.test(server.printed));
    expect(await answer('web.shop')).toBe('10.96.1.9');
  } finally {
    await server.stop();
  }
});

test('the commands of the README', async () => {
  const text = blocksOf('README.md').find((block) => block.text.includes('kustomize:'))?.text ?? '';
  const lines = text.trim().split('\n');
  expect(lines).toHaveLength(3);
  const [chart] = CHARTS as [Chart];
  const folder = write({
    'k8s/plain/a.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 1 }] }\n',
    'charts/web/dev.yaml': '',
  });
  write(KUSTOMIZATIONS[0]?.[1] ?? {}, join(folder, 'k8s/overlays'));
  write(chart.tree, join(folder, 'charts'));
  writeFileSync(join(folder, 'dev.yaml'), 'clusterIP: 10.96.4.1\n');
  const program = svcdns()
    .map((word) => `'${word}'`)
    .join(' ');
  for (const line of lines) {
    const command = line.replace(/^svcdns/, program);
    const isServe = line.startsWith('svcdns serve');
    const own = isServe ? ' --listen 127.0.0.1:0 --admin off --forward off' : '';
    const shell: Argv = ['sh', '-c', `exec ${command}${own}`];
    if (!isServe) {
      expect(await output(shell, { cwd: folder, env })).toMatch(/^Checked 1 file: .* 0 errors/m);
      continue;
    }
    const server = new Running(shell, { cwd: folder, env });
    await whenReady(server);
    await server.stop();
  }
});
