import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TempFolder } from '../helpers/temp-folder.ts';
import { TestIo } from './test-io.ts';

/** Files that are none of what a configuration names, and what of them must not be shown. */
const FOREIGN = {
  'a password file': {
    content: 'root:$6$tZ0cP9xW$Jq8vN3kL:19000:0:99999:7:::\nops:$6$aaaa:1:0:9:7:::\n',
    secrets: ['tZ0cP9xW', 'Jq8vN3kL', 'aaaa'],
  },
  'a key': {
    content:
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nMSfuaNdgsE3U1yJ2xq\n-----END PRIVATE KEY-----\n',
    secrets: ['MIIEvQIB', 'MSfuaNdg', 'U1yJ2xq'],
  },
  'a list of words': {
    content: Array.from({ length: 40 }, (_, i) => `secret${i}\n`).join(''),
    secrets: ['secret9', 'secret20', 'secret39'],
  },
  prose: {
    content: 'the password is hunter2 and nobody knows\nreally {\n',
    secrets: ['hunter2', 'nobody'],
  },
  'a text with escapes': {
    content: '\x1b[31mred\x1b[0m x\x1b]0;title\x07\n',
    secrets: ['title'],
  },
  'a program': {
    content: '\x7fELF\x02\x01\x01\x00\x00 hidden text\n',
    secrets: ['hidden'],
  },
  'a pipe': { content: undefined, secrets: [] },
  'a device': { content: undefined, secrets: [] },
} as const;

/**
 * Where a configuration names a file: the Corefile, and whether a foreign one is an error there.
 */
const ROLES = {
  'imported at the top': { corefile: 'import FILE\n', isError: true },
  'imported into a block': { corefile: '.:1053 {\n  import FILE\n  whoami\n}\n', isError: true },
  'hosts file': { corefile: '.:1053 {\n  hosts FILE\n  whoami\n}\n', isError: false },
  'resolv.conf': { corefile: '.:1053 {\n  forward . FILE\n}\n', isError: false },
  'TLS identity': {
    corefile: '.:1053 {\n  forward . tls://192.0.2.1 {\n    tls FILE FILE FILE\n  }\n}\n',
    isError: true,
  },
  'weights file': {
    corefile: '.:1053 {\n  loadbalance weighted FILE {\n    reload 0s\n  }\n  whoami\n}\n',
    isError: false,
  },
  'search path': { corefile: '.:1053 {\n  autopath FILE\n  whoami\n}\n', isError: false },
  manifests: {
    corefile: 'cluster.local:1053 {\n  kubernetes {\n    manifests FILE\n  }\n}\n',
    isError: false,
  },
} as const;

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => folder.dispose());

type Foreign = keyof typeof FOREIGN;

/** The path of such a file. */
function make(kind: Foreign): string {
  const { content } = FOREIGN[kind];
  if (kind === 'a device') return '/dev/zero';
  if (content !== undefined) return folder.write('foreign', content);
  execFileSync('mkfifo', [folder.at('foreign')]);
  return folder.at('foreign');
}

async function check(config: string) {
  const io = new TestIo({ cwd: folder.path });
  const { code, stdout, stderr } = await io.outcome(`check --config ${config}`);
  return { code, text: stdout + stderr };
}

function expectNothingShown(text: string, kind: Foreign): void {
  for (const secret of FOREIGN[kind].secrets) expect(text).not.toContain(secret);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(400);
}

describe.for(Object.entries(ROLES))('%s:', ([, { corefile, isError }]) => {
  test.for(Object.keys(FOREIGN) as Foreign[])(
    'check of %s ends and shows none of it',
    async (kind) => {
      folder.write('Corefile', corefile.replaceAll('FILE', make(kind)));
      const { code, text } = await check('Corefile');
      expectNothingShown(text, kind);
      if (isError) expect([text, code]).toEqual([expect.stringContaining('error: '), 1]);
    },
  );
});

describe('--config:', () => {
  test.for(Object.keys(FOREIGN) as Foreign[])(
    'check of %s ends and shows none of it',
    async (kind) => {
      const { code, text } = await check(make(kind));
      expectNothingShown(text, kind);
      expect([text, code]).toEqual([expect.stringContaining('error: '), 1]);
    },
  );
});

test.for([
  ['a pipe', 'it is a pipe: expected a file'],
  ['a device', 'it is a device: expected a file'],
  ['a program', 'it has a control character at 1:1: expected text'],
  ['a text with escapes', 'it has a control character at 1:1: expected text'],
] as const)(
  '%s that is imported, or is the Corefile itself, is refused: %s',
  async ([kind, why]) => {
    const file = make(kind);
    folder.write('Corefile', `.:1053 {\n  import ${file}\n}\n`);
    expect((await check('Corefile')).text).toContain(
      `Corefile:2:3: error: Cannot import '${file}': ${why} [COREFILE_IMPORT]`,
    );
    expect((await check(file)).text).toContain(
      `Cannot read '${file}': ${why} [COREFILE_UNREADABLE]`,
    );
  },
);

test('a file of bytes that are not UTF-8 is refused, with the place of the first', async () => {
  writeFileSync(folder.at('latin'), Buffer.from('. {\n  # f\xfcr\n}\n', 'latin1'));
  expect((await check('latin')).text).toContain('it has bytes that are not UTF-8 at 2:6');
});

test('serve with such a Corefile ends at once', async () => {
  folder.write('Corefile', `.:1053 {\n  import ${make('a pipe')}\n}\n`);
  const io = new TestIo({ cwd: folder.path });
  expect(await io.outcome('serve --config Corefile')).toMatchObject({
    stderr: expect.stringContaining('it is a pipe: expected a file'),
  });
});
