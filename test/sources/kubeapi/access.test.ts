import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  accessText,
  type ClusterAccess,
  podAccess,
  readConnection,
} from '../../../src/sources/kubeapi/access/access.ts';
import { Credentials } from '../../../src/sources/kubeapi/access/credentials.ts';
import { runProgram } from '../../../src/sources/kubeapi/access/exec-plugin.ts';
import {
  AUTHORITY,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from '../../e2e/tls-identities.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: prod
contexts:
- {name: prod, context: {cluster: east, user: admin}}
- {name: test, context: {cluster: west, user: cert}}
- {name: file, context: {cluster: west, user: token-file}}
- {name: plugin, context: {cluster: east, user: plugin}}
- {name: nobody, context: {cluster: east, user: gone}}
- {name: proxied, context: {cluster: proxied, user: admin}}
clusters:
- {name: east, cluster: {server: https://east:6443/, certificate-authority: ca.crt, tls-server-name: api}}
- {name: west, cluster: {server: https://west, insecure-skip-tls-verify: true}}
- {name: proxied, cluster: {server: https://west, proxy-url: http://proxy}}
users:
- {name: admin, user: {token: s3cret}}
- {name: cert, user: {client-certificate-data: ${base64(CLIENT_CERTIFICATE)}, client-key: keys/key.pem}}
- {name: token-file, user: {tokenFile: /tokens/now, token: old}}
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./login
      args: [--cluster, east]
      env: [{name: REGION, value: eu}]
      provideClusterInfo: true
      installHint: install login first
`;

const FILES: Record<string, string> = {
  '/k/config': KUBECONFIG,
  '/k/ca.crt': AUTHORITY,
  '/k/keys/key.pem': CLIENT_KEY,
  '/tokens/now': 'rotated\n',
  '/k/other':
    'current-context: extra\ncontexts: [{name: extra, context: {cluster: east, user: x}}]\nusers: [{name: x, user: {username: u, password: p}}]',
  '/k/broken': 'a: b\nusers: [{token: s3cret\n  : "',
  '/k/empty': 'kind: Config',
  '/k/loud':
    'current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: HTTPS://EAST}}]',
  '/var/run/secrets/kubernetes.io/serviceaccount/token': 'of-pod',
  '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt': SERVER_CERTIFICATE,
};
const readText = (path: string) => {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error('secret words'), { code: 'ENOENT' });
  return text;
};
const world = { env: {}, readText };
const kubeconfig = (context?: string, ...files: string[]): ClusterAccess => ({
  by: 'kubeconfig',
  files: files.length > 0 ? files : ['/k/config'],
  context,
});

describe('readConnection()', () => {
  test.each<[string, ClusterAccess, object]>([
    [
      'the current context',
      kubeconfig(),
      {
        server: 'https://east:6443',
        authorization: 'Bearer s3cret',
        tls: { ca: AUTHORITY, servername: 'api' },
      },
    ],
    [
      'another context, a certificate, and no check of the server',
      kubeconfig('test'),
      {
        server: 'https://west',
        tls: { cert: CLIENT_CERTIFICATE, key: CLIENT_KEY, rejectUnauthorized: false },
      },
    ],
    ['a token file before a token', kubeconfig('file'), { authorization: 'Bearer rotated' }],
    [
      'several files, of which the first with an entry counts',
      kubeconfig(undefined, '/k/other', '/k/config'),
      { server: 'https://east:6443', authorization: 'Basic dTpw' },
    ],
    [
      'a plugin, with paths from where the file lies',
      kubeconfig('plugin'),
      {
        exec: {
          command: './login',
          folder: '/k',
          args: ['--cluster', 'east'],
          env: { REGION: 'eu' },
        },
      },
    ],
    ['a server in capitals', kubeconfig(undefined, '/k/loud'), { server: 'HTTPS://EAST' }],
    [
      'an endpoint without a scheme',
      {
        by: 'endpoint',
        server: '10.0.0.1:6443',
        tls: { certificate: '', key: '', authority: '/k/ca.crt' },
      },
      { server: 'https://10.0.0.1:6443', tls: { ca: AUTHORITY } },
    ],
    [
      'a Pod',
      { by: 'pod', server: 'https://10.96.0.1:443' },
      { authorization: 'Bearer of-pod', tls: { ca: SERVER_CERTIFICATE } },
    ],
  ])('reads %s', (_, access, connection) => {
    expect(readConnection(access, world)).toMatchObject(connection);
  });

  test.each<[ClusterAccess, string]>([
    [
      kubeconfig('none'),
      '/k/config has no context "none": expected one of prod, test, file, plugin, nobody, proxied',
    ],
    [
      kubeconfig('nobody'),
      '/k/config has no user "gone": expected one of admin, cert, token-file, plugin',
    ],
    [
      kubeconfig('proxied'),
      '/k/config: proxy-url is not offered: expected a server that is reached directly',
    ],
    [
      kubeconfig(undefined, '/k/empty'),
      '/k/empty has no current-context: expected one, or a context named',
    ],
    [kubeconfig(undefined, '/k/gone'), 'Cannot read /k/gone: there is no such file'],
    [
      kubeconfig(undefined, '/k/broken'),
      '/k/broken:3: Cannot read this as YAML: expected a kubeconfig',
    ],
    [
      { by: 'endpoint', server: 'ftp://x', tls: undefined },
      'Cannot use "ftp://x" as a server: expected a URL',
    ],
  ])('refuses %j without a secret in the message', (access, message) => {
    expect(() => readConnection(access, world)).toThrow(message);
    expect(message).not.toContain('s3cret');
  });
});

describe('readConnection() of certificates', () => {
  const encrypted = createPrivateKey(CLIENT_KEY).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 's3cret',
  });
  const own = { cert: CLIENT_CERTIFICATE, key: CLIENT_KEY, ca: AUTHORITY };
  test.each<[string, Partial<typeof own>, string]>([
    ['an empty authority', { ca: '' }, '/x: certificate-authority holds no certificate'],
    ['another text', { ca: 's3cret' }, '/x: certificate-authority holds no certificate'],
    [
      'a damaged one',
      { cert: CLIENT_CERTIFICATE.slice(0, 200) },
      '/x: client-certificate holds no',
    ],
    ['the key of another', { key: SERVER_KEY }, '/x: client-key is of another certificate'],
    ['an encrypted key', { key: String(encrypted) }, '/x: client-key is encrypted: expected a key'],
    ['no key', { key: 's3cret' }, '/x: client-key holds no private key: expected PEM'],
  ])('refuses %s, and shows nothing of it', (_, spoiled, message) => {
    const { cert, key, ca } = { ...own, ...spoiled };
    const files: Record<string, string> = { '/c': cert, '/k': key, '/ca': ca };
    files['/x'] = `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://east, certificate-authority: /ca}}]
users: [{name: u, user: {client-certificate: /c, client-key: /k}}]`;
    const read = () =>
      readConnection(kubeconfig(undefined, '/x'), {
        ...world,
        readText: (path) => files[path] ?? '',
      });
    expect(read).toThrow(message);
    expect(read).not.toThrow('s3cret');
  });

  test('refuses a certificate without a key, which would be left out', () => {
    const user = `{client-certificate-data: ${base64(CLIENT_CERTIFICATE)}}`;
    const text = `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://east}}]
users: [{name: u, user: ${user}}]`;
    const read = () =>
      readConnection(kubeconfig(undefined, '/x'), { ...world, readText: () => text });
    expect(read).toThrow('/x has no client-key: expected one');
  });
});

describe('readConnection() of a user', () => {
  const read = (user: string, ...files: string[]) => {
    const text = `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://east, certificate-authority: ca.crt, extensions: [
  {name: client.authentication.k8s.io/exec, extension: {audience: east}}]}}]
users: [{name: u, user: ${user}}]`;
    const own: Record<string, string> = { '/k/user': text, '/k/void': '\n' };
    const paths = files.length > 0 ? files : ['/k/user'];
    return readConnection(kubeconfig(undefined, ...paths), {
      ...world,
      readText: (path) => own[path] ?? readText(path),
    });
  };

  test('sends for whom it asks, as kubectl does', () => {
    const user = `{token: t, as: jane, as-uid: "7", as-groups: [a, b], as-user-extra: {x/y: [z]}}`;
    expect(read(user).impersonation).toEqual({
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-x%2Fy': ['z'],
    });
    expect(() => read('{as-groups: [a]}')).toThrow('as-groups or as-user-extra without as');
  });

  test('passes over files that are not there, of several', () => {
    expect(read('{token: t}', '/k/gone', '/k/user').authorization).toBe('Bearer t');
    expect(() => read('{}', '/k/gone', '/k/lost')).toThrow('Cannot read /k/gone: there is no such');
  });

  test('takes the token when its file cannot be read, and no empty one', () => {
    expect(read('{token: t, tokenFile: gone}').authorization).toBe('Bearer t');
    expect(() => read('{tokenFile: void}')).toThrow('/k/void is empty: expected a token');
  });

  test.each(['token: 12345', 'exec: {command: c, args: [12345]}', 'username: true'])(
    'refuses %s, which is no text',
    (user) => {
      expect(() => read(`{${user}}`)).toThrow(/^(token|args|username) is not text: expected it in/);
    },
  );

  test('tells a plugin the certificate of a file, and what the kubeconfig has for it', () => {
    const plugin = 'exec: {apiVersion: v1, command: c, provideClusterInfo: true}';
    expect(read(`{${plugin}}`).exec?.cluster).toMatchObject({
      'certificate-authority-data': base64(AUTHORITY),
      config: { audience: 'east' },
    });
  });
});

test.each([
  ['https://u:s3cret@east:6443/k', 'https://east:6443/k'],
  ['u:s3cret@east:6443', 'east:6443'],
  ['https://east/a@b', 'https://east/a@b'],
])('accessText() has no password of %s', (server, shown) => {
  expect(accessText({ by: 'endpoint', server, tls: undefined })).toBe(shown);
});

test.each([
  [
    { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' },
    'https://10.96.0.1:443',
  ],
  [{ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, 'https://[fd00::1]:443'],
  [{ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, undefined],
])('podAccess(%j)', (env, server) => {
  expect(podAccess(env, () => true)?.server).toBe(server);
  expect(podAccess(env, () => false)).toBeUndefined();
});

describe('Credentials', () => {
  const clock = new FakeClock();
  const at = (seconds: number) => new Date((clock.wallSeconds() + seconds) * 1000).toISOString();
  const runs: { command: string; env: Readonly<Record<string, string>> }[] = [];
  const make = (output: () => string | Error) =>
    new Credentials(kubeconfig('plugin'), {
      ...world,
      clock,
      run: (command, _args, env) => {
        runs.push({ command, env });
        const said = output();
        return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
      },
    });
  const credential = (status: object) => () => JSON.stringify({ kind: 'ExecCredential', status });

  test('asks a plugin once, and again when its token is about to end or was refused', async () => {
    runs.length = 0;
    const credentials = make(() => credential({ token: 't1', expirationTimestamp: at(60) })());
    const [one, two] = await Promise.all([credentials.current(), credentials.current()]);
    expect([one.authorization, two.authorization]).toEqual(['Bearer t1', 'Bearer t1']);
    expect((await credentials.current()).tls).toMatchObject({ ca: AUTHORITY });
    expect(runs).toHaveLength(1);
    const before = runs.length;
    clock.advance(51_000);
    await credentials.current();
    expect(runs.length).toBe(before + 1);
    const shown = await credentials.current();
    credentials.refused(shown);
    const again = credentials.current();
    credentials.refused(shown); // by another request, while the plugin runs
    await Promise.all([again, credentials.current()]);
    expect(runs.length).toBe(before + 2);
    expect(runs[0]?.command).toBe('/k/login');
    expect(JSON.parse(runs[0]?.env['KUBERNETES_EXEC_INFO'] ?? '')).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false, cluster: { server: 'https://east:6443/' } },
    });
  });

  test('takes a client certificate from a plugin', async () => {
    const [cert, key] = [CLIENT_CERTIFICATE, CLIENT_KEY];
    const output = credential({ clientCertificateData: cert, clientKeyData: key });
    expect((await make(output).current()).tls).toMatchObject({ cert, key, ca: AUTHORITY });
  });

  test.each([
    ['command: login, interactiveMode: Always', 'exec: "login" asks at a terminal'],
    ['interactiveMode: Never', 'exec has no command: expected one'],
  ])('does not run a plugin of {%s}', async (exec, message) => {
    const text = `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://east}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, ${exec}}}}]`;
    const run = () => Promise.reject(new Error('it was run'));
    const own = { ...world, readText: () => text, clock, run };
    await expect(new Credentials(kubeconfig(), own).current()).rejects.toThrow(message);
  });

  test.each<[() => string | Error, string]>([
    [
      () => 'token: s3cret',
      'exec: "./login" wrote something else: expected an ExecCredential with status.token or status.clientCertificateData',
    ],
    [
      () => Object.assign(new Error('s3cret'), { code: 3 }),
      'exec: "./login" failed with 3: what it writes may be secret: run it yourself to see why',
    ],
    [
      () => Object.assign(new Error('s3cret'), { code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' }),
      'exec: "./login" wrote over 1048576 bytes',
    ],
    [
      () => Object.assign(new Error('s3cret'), { code: 'ENOENT' }),
      'exec: "./login" failed with ENOENT: install login first',
    ],
    [
      () => Object.assign(new Error('s3cret'), { killed: true }),
      'exec: "./login" did not end in time',
    ],
  ])(
    'says what is wrong with a plugin, and nothing of what it wrote: %#',
    async (output, message) => {
      await expect(make(output).current()).rejects.toThrow(message);
      await expect(make(output).current()).rejects.not.toThrow('s3cret');
    },
  );
});

test('runProgram() ends a program that does not end when it is asked to', async () => {
  const script = "trap '' TERM; while :; do sleep 0.05; done";
  await expect(runProgram('sh', ['-c', script], {}, 300)).rejects.toMatchObject({ killed: true });
});
