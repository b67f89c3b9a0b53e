import { describe, expect, test } from 'vitest';
import { configuration } from '../../../../src/cli/doctor/checks/configuration.ts';
import { conntrack } from '../../../../src/cli/doctor/checks/conntrack.ts';
import { mounts } from '../../../../src/cli/doctor/checks/mounts.ts';
import { nodeVersion } from '../../../../src/cli/doctor/checks/node-version.ts';
import { openFiles } from '../../../../src/cli/doctor/checks/open-files.ts';
import { watches } from '../../../../src/cli/doctor/checks/watches.ts';
import { type FakeWorld, found } from '../world.ts';

type Row = readonly [name: string, world: FakeWorld, lines: readonly string[]];

const INSTALL = 'install Node.js 24 (nodejs.org), as the image has it';

describe('the check of Node.js', () => {
  test.for<Row>([
    ['24.14.1', {}, ['ok: Node.js 24.14.1']],
    ['26.0.0', { nodeVersion: '26.0.0' }, ['ok: Node.js 26.0.0']],
    [
      '24.13.9',
      { nodeVersion: '24.13.9' },
      [`warn: Node.js 24.13.9: security fixes came with 24.14.1 | ${INSTALL}`],
    ],
    ['22.22.2', { nodeVersion: '22.22.2' }, ['ok: Node.js 22.22.2']],
    [
      '20.20.2',
      { nodeVersion: '20.20.2' },
      [`warn: Node.js 20.20.2: version 20 gets no more fixes | ${INSTALL}`],
    ],
    [
      '18.1.0',
      { nodeVersion: '18.1.0' },
      [
        `fail: Cannot run on Node.js 18.1.0: expected 20 from 20.19.0 on, or 22.12.0 or newer | ${INSTALL}`,
      ],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(nodeVersion, world)).toEqual(lines));
});

test('the check of settings shows what is wrong with them', async () => {
  expect(await found(configuration)).toEqual(['ok: the built-in Corefile']);
  const [line = '', ...others] = await found(configuration, { flags: { ttl: '9999' } });
  expect(line).toMatch(/^fail: --ttl: error: .*9999.* \| svcdns check$/);
  expect(others).toEqual([]);
});

describe('the check of mounts', () => {
  const line = (point: string, type = 'ext4') =>
    `36 35 98:0 /x ${point} rw master:1 - ${type} dev rw\n`;
  const CLEAR = 'ok: edits of manifests and Corefile are seen: none is mounted as a single file';
  const corefile = '.:1053 {\n kubernetes cluster.local {\n manifests k8s\n }\n}\n';
  test.for<Row>([
    ['no list of mounts', {}, []],
    ['a folder', { files: { '/proc/self/mountinfo': line('/') + line('FOLDER/k8s') } }, [CLEAR]],
    [
      'a manifest',
      { files: { '/proc/self/mountinfo': line('FOLDER/k8s/web.yaml'), 'FOLDER/k8s/web.yaml': '' } },
      [
        expect.stringMatching(
          /^warn: k8s\/web\.yaml is mounted as a single file: .* \| mount its folder: -v FOLDER:.*\/k8s:ro$/,
        ) as unknown as string,
      ],
    ],
    [
      'a file elsewhere, and one whose name only begins so',
      {
        files: {
          '/proc/self/mountinfo': line('/etc/hosts') + line('FOLDER/k8s.yaml'),
          '/etc/hosts': '',
          'FOLDER/k8s.yaml': '',
        },
      },
      [CLEAR],
    ],
    [
      'the Corefile',
      {
        corefile,
        flags: { manifests: [] },
        files: { '/proc/self/mountinfo': line('FOLDER/Corefile'), 'FOLDER/Corefile': '' },
      },
      [expect.stringMatching(/^warn: Corefile is mounted as a single file/) as unknown as string],
    ],
    [
      'a network file system, under another one',
      {
        files: {
          '/proc/self/mountinfo': line('/') + line('FOLDER', 'nfs4') + line('/other', 'cifs'),
        },
      },
      [
        'info: k8s is on nfs4, where changes made elsewhere are seen at a rescan only, every 30 s | SVCDNS_RESCAN=5 svcdns serve',
      ],
    ],
    ['garbage', { files: { '/proc/self/mountinfo': '\n - \nx\n36 35 - ext4' } }, [CLEAR]],
  ])('%s', async ([, world, lines]) => expect(await found(mounts, world)).toEqual(lines));
});

describe('the check of inotify', () => {
  const limits = (watches: number, instances = 128) => ({
    '/proc/sys/fs/inotify/max_user_watches': `${watches}\n`,
    '/proc/sys/fs/inotify/max_user_instances': `${instances}\n`,
  });
  test.for<Row>([
    ['enough', { files: limits(8192) }, ['ok: 0 files in 1 folder: 1 of 8192 watches']],
    [
      'too few',
      { folders: 5000, files: limits(8192, 10) },
      [
        'warn: 0 files in 5000 folders need 5000 watches, of 8192 for all programs of this user (fs.inotify.max_user_watches) | sudo sysctl fs.inotify.max_user_watches=524288',
        'warn: fs.inotify.max_user_instances is 10, for all programs of this user | sudo sysctl fs.inotify.max_user_instances=128',
      ],
    ],
    [
      'those of manifests only, and not the Corefile',
      {
        corefile: '.:1053 {\n kubernetes cluster.local {\n manifests k8s\n }\n}\n',
        flags: { manifests: [] },
        changed: { 'FOLDER/Corefile': 1, 'FOLDER/k8s/web.yaml': 1 },
        files: limits(8192),
      },
      ['ok: 1 file in 1 folder: 1 of 8192 watches'],
    ],
    ['unknown', {}, ['info: 0 files in 1 folder; the limits cannot be read']],
    ['macOS', { platform: 'darwin' }, []],
  ])('%s', async ([, world, lines]) => expect(await found(watches, world)).toEqual(lines));
});

describe('the check of open files', () => {
  const limit = (most: string): FakeWorld => ({
    files: { '/proc/self/limits': `Max open files            ${most}   ${most}   files\n` },
  });
  test.for<Row>([
    ['enough', limit('4096'), ['ok: 4096 open files allow 2000 TCP connections']],
    [
      'without a limit',
      limit('unlimited'),
      ['ok: any number of open files allow 2000 TCP connections'],
    ],
    [
      'few',
      limit('1024'),
      ['warn: 1024 open files allow 448 TCP connections: expected 2000 | ulimit -n 4096'],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(openFiles, world)).toEqual(lines));
});

describe('the check of conntrack', () => {
  const HEAD = 'entries  clashres found insert insert_failed drop early_drop\n';
  const table = (rows: string, count = '10', most = '100') => ({
    files: {
      '/proc/net/stat/nf_conntrack': HEAD + rows,
      '/proc/sys/net/netfilter/nf_conntrack_count': count,
      '/proc/sys/net/netfilter/nf_conntrack_max': most,
    },
  });
  const QUIET = '00000009  00000000 00000000 00000000 00000000 00000000 00000000\n';
  const RACE = '00000009  00000000 00000000 00000000 0000000a 00000000 00000000\n';
  test.for<Row>([
    ['none', {}, []],
    ['no loss', table(QUIET + QUIET), ['ok: no packet was lost to address translation']],
    [
      'races on two CPUs',
      table(RACE + RACE),
      [
        'warn: 20 packets were dropped as their entry could not be inserted: of A and AAAA sent at once from one socket, one is lost, and the lookup takes 5 s | options use-vc in resolv.conf (glibc), or a DNS cache on each node',
      ],
    ],
    [
      'full',
      table(QUIET, '95'),
      [
        'warn: the table has 95 of 100 entries, and 0 packets were dropped | sudo sysctl net.netfilter.nf_conntrack_max=262144',
      ],
    ],
    ['garbage', table('x y\n\n'), ['ok: no packet was lost to address translation']],
  ])('%s', async ([, world, lines]) => expect(await found(conntrack, world)).toEqual(lines));
});
