import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { differingRecords, type SideRecords } from '../../../src/cli/diff/records.ts';
import { parseRecordText } from '../../../src/dns/rr-text.ts';
import { fakeTools } from '../../helpers/fake-tools.ts';
import { InProcessServer } from '../../helpers/in-process.ts';
import { manifestWorld } from '../../helpers/manifest-world.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';
import { fakeServer } from '../fake-dns-server.ts';
import { BAD, folderWith, WEB } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const MOVED = WEB.replace('10.96.0.7', '10.96.0.8');

/** A Service whose address svcdns gives out. */
const OPEN = `apiVersion: v1
kind: Service
metadata: { name: NAME, namespace: shop }
spec: { ports: [{ port: 80 }] }
`;

const open = (...names: string[]) => names.map((name) => OPEN.replace('NAME', name)).join('---\n');

/** Places are shown relative to the folder of the process, which this is not. */
async function diff(line: string, cwd: string): Promise<Outcome> {
  const { code, stdout, stderr } = await new TestIo({ cwd }).outcome(`diff ${line}`);
  const [out, err] = [stdout, stderr].map((text) => text.replaceAll(`${cwd}/`, ''));
  return { code, stdout: out ?? '', stderr: err ?? '' };
}

describe('diff of two folders', () => {
  test('prints each record that one of them has, with its place', async () => {
    const folder = folderWith({ 'a/web.yaml': WEB, 'b/svc.yaml': `# moved\n${MOVED}` });
    expect(await diff('a b', folder)).toEqual({
      code: 1,
      stdout: `- 7.0.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.  (a/web.yaml:1:1)
+ 8.0.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.  (b/svc.yaml:2:1)
- web.shop.svc.cluster.local. 5 IN A 10.96.0.7  (a/web.yaml:1:1)
+ web.shop.svc.cluster.local. 5 IN A 10.96.0.8  (b/svc.yaml:2:1)
- _http._tcp.web.shop.svc.cluster.local. 5 IN A 10.96.0.7  (a/web.yaml:1:1)
+ _http._tcp.web.shop.svc.cluster.local. 5 IN A 10.96.0.8  (b/svc.yaml:2:1)
`,
      stderr: '',
    });
  });

  test('says nothing when the same is written otherwise', async () => {
    const json = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name: 'web' },
      spec: { ports: [{ port: 80, name: 'http' }], clusterIP: '10.96.0.7' },
    });
    const folder = folderWith({ 'a/web.yaml': WEB, 'b/web.json': json });
    expect(await diff('a b', folder)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('leaves each Service the address that it was given', async () => {
    const many = Array.from({ length: 40 }, (_, at) => `s${at}`);
    const folder = folderWith({
      'a/all.yaml': open(...many),
      'b/all.yaml': open(...many.toReversed(), 'new'),
    });
    const { stdout } = await diff('a b --service-range 10.96.0.0/26', folder);
    expect(stdout.replaceAll(/\d+(?:\.\d+){3}/g, 'IP')).toBe(
      `+ IP.in-addr.arpa. 5 IN PTR new.shop.svc.cluster.local.  (b/all.yaml:201:1)
+ new.shop.svc.cluster.local. 5 IN A IP  (b/all.yaml:201:1)
+ new.shop.svc.cluster.local. 5 IN SRV 0 100 80 new.shop.svc.cluster.local.  (b/all.yaml:201:1)
`,
    );
  });

  test('prints JSON with the objects', async () => {
    const folder = folderWith({
      'a/web.yaml': WEB,
      'b/web.yaml': WEB.replace('port: 80', 'port: 81'),
    });
    const { code, stdout } = await diff('a b --format json', folder);
    const first: unknown[] = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(first).toHaveLength(4);
    expect(first[0]).toEqual({
      change: 'removed',
      name: 'web.shop.svc.cluster.local.',
      ttl: 5,
      type: 'SRV',
      data: '0 100 80 web.shop.svc.cluster.local.',
      object: 'Service shop/web',
      origin: 'a/web.yaml:1:1',
      by: 'manifest',
      from: [],
    });
  });
});

describe('diff of git revisions', () => {
  const repository = (): string => {
    const folder = folderWith({ 'k8s/web.yaml': WEB });
    git(folder, 'init', '--quiet');
    commit(folder);
    writeFileSync(join(folder, 'k8s/web.yaml'), MOVED);
    writeFileSync(join(folder, 'k8s/bad.yaml'), BAD);
    commit(folder);
    return folder;
  };
  const address = (last: number, place: string) =>
    `web.shop.svc.cluster.local. 5 IN A 10.96.0.${last}  (${place}:1:1)`;

  test.for([
    ['HEAD~1 --manifests k8s', 'HEAD~1:k8s/web.yaml', 'k8s/web.yaml'],
    ['HEAD~1 HEAD --manifests k8s', 'HEAD~1:k8s/web.yaml', 'HEAD:k8s/web.yaml'],
    ['HEAD~1:k8s/web.yaml k8s', 'HEAD~1:k8s/web.yaml', 'k8s/web.yaml'],
  ])('%s', async ([line = '', before = '', after = '']) => {
    const temporary = folderWith({});
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, stdout, stderr } = await diff(line, repository());
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([`- ${address(7, before)}`, `+ ${address(8, after)}`]),
    );
    const bad = after.replace('web.yaml', 'bad.yaml');
    expect(stderr).toMatch(new RegExp(`^${bad}:5:\\d+: error: .*70000.*\\n$`));
    const left = readdirSync(temporary).filter((name) => name.startsWith('svcdns-diff-'));
    expect(left).toEqual([]);
  });

  test('of what kustomize renders, with files beside its folder', async () => {
    const tools = new TempFolder();
    onTestFinished(() => tools.dispose());
    const kustomize = `
const { readFileSync } = require('node:fs');
process.stdout.write(readFileSync(process.argv[3] + '/../base/web.yaml', 'utf8'));`;
    vi.stubEnv('PATH', `${fakeTools(tools, { kustomize })}:${process.env['PATH']}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const folder = folderWith({ 'base/web.yaml': WEB, 'dev/kustomization.yaml': 'resources: []' });
    git(folder, 'init', '--quiet');
    commit(folder);
    writeFileSync(join(folder, 'base/web.yaml'), MOVED);
    const place = (text: string) => `kustomize:${text}dev`;
    for (const line of ['HEAD:kustomize:dev kustomize:dev', 'HEAD --manifests kustomize:dev']) {
      const { stdout } = await diff(line, folder);
      expect(stdout).toContain(`- ${address(7, place('HEAD:'))}\n`);
      expect(stdout).toContain(`+ ${address(8, place(''))}\n`);
    }
  });

  test('but not of one that the repository does not have', async () => {
    const { code, stderr } = await diff('no-such-thing', repository());
    expect(code).toBe(2);
    expect(stderr).toContain('or a revision of the git repository here\n');
  });

  test('of a folder below the top, and of one that is gone', async () => {
    const folder = repository();
    rmSync(join(folder, 'k8s/bad.yaml'));
    mkdirSync(join(folder, 'empty'));
    const { stdout } = await diff('HEAD~1 --manifests .', join(folder, 'k8s'));
    expect(stdout).toContain(`- ${address(7, 'HEAD~1:k8s/web.yaml')}\n`);
    expect(await diff('HEAD:empty k8s', folder)).toMatchObject({
      code: 2,
      stderr: 'svcdns diff: git: HEAD has nothing in empty\n',
    });
  });
});

test('diff with a server asks it for the names of the other side', async () => {
  const { namespaces, serverAddresses } = manifestWorld(MOVED, ['127.0.0.1']);
  const server = new InProcessServer().load(namespaces, serverAddresses);
  const { port } = await fakeServer((query, transport) => [server.answer(query, transport)]);
  const folder = folderWith({ 'k8s/web.yaml': WEB });
  const { code, stdout } = await diff(`@127.0.0.1:${port} k8s --rate 1000000`, folder);
  expect(code).toBe(1);
  expect(
    stdout,
  ).toBe(`+ 7.0.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.  (k8s/web.yaml:1:1)
- web.shop.svc.cluster.local. 5 IN A 10.96.0.8
+ web.shop.svc.cluster.local. 5 IN A 10.96.0.7  (k8s/web.yaml:1:1)
- _http._tcp.web.shop.svc.cluster.local. 5 IN A 10.96.0.8
+ _http._tcp.web.shop.svc.cluster.local. 5 IN A 10.96.0.7  (k8s/web.yaml:1:1)
`);
});

test.for([
  ['', 'Expected one or two of a folder, a git revision and @SERVER'],
  ['k8s k8s k8s', 'Expected one or two of a folder, a git revision and @SERVER'],
  ['@127.0.0.1 @::1', 'Cannot compare two servers: use svcdns verify --against'],
  ['no-such-thing k8s', "Cannot compare 'no-such-thing': expected a folder or file that is there,"],
])('diff exits with 2: %s', async ([line = '', message]) => {
  const { code, stderr } = await diff(line, folderWith({ 'k8s/web.yaml': WEB }));
  expect(code).toBe(2);
  expect(stderr).toContain(`svcdns diff: ${message}`);
});

test('diff says what keeps git from looking', async () => {
  const { code, stderr } = await diff('HEAD k8s', folderWith({ 'k8s/web.yaml': WEB }));
  expect(code).toBe(2);
  expect(stderr).toContain('of the git repository here (git: fatal: not a git repository');
});

test('differingRecords() are what makes one side the other', () => {
  const texts = fc.uniqueArray(
    fc.tuple(fc.constantFrom('a', 'b', 'x.a', 'y.x.b'), fc.integer({ min: 0, max: 9 })),
    { selector: String },
  );
  const side = (all: readonly (readonly [string, number])[]): SideRecords =>
    new Map(
      all.map(([name, host]) => {
        const text = `${name}. 5 IN A 10.0.0.${host}`;
        const { record } = parseRecordText(text);
        if (record === undefined) throw new Error(text);
        return [text, { record, provenance: () => undefined }];
      }),
    );
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const [before, after] = [side(a), side(b)];
      const made = new Set(before.keys());
      for (const { sign, text } of differingRecords(before, after)) {
        expect(made.has(text)).toBe(sign === '-');
        if (sign === '-') made.delete(text);
        else made.add(text);
      }
      expect([...made].sort()).toEqual([...after.keys()].sort());
    }),
  );
});

function git(cwd: string, ...args: readonly string[]): void {
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    HOME: cwd,
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'test'],
        [`GIT_${who}_EMAIL`, 'test@example.com'],
      ]),
    ),
  };
  execFileSync('git', args, { cwd, env });
}

function commit(folder: string): void {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'manifests');
}
