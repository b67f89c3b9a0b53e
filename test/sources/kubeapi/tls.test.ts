import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Credentials } from '../../../src/sources/kubeapi/access/credentials.ts';
import { ApiClient } from '../../../src/sources/kubeapi/client/api-client.ts';
import { textOf } from '../../../src/sources/kubeapi/client/body.ts';
import { RequestLimiter } from '../../../src/sources/kubeapi/client/request-limiter.ts';
import {
  AUTHORITY,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from '../../e2e/tls-identities.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

let server: Server;
let client: ApiClient | undefined;
let clients: (string | undefined)[];
let unchecked: string[];
let groups: string[];
let files: Record<string, string>;

beforeEach(async () => {
  client = undefined;
  clients = [];
  unchecked = [];
  files = {};
  const identity = { cert: SERVER_CERTIFICATE, key: SERVER_KEY, ca: AUTHORITY };
  const options = { ...identity, requestCert: true, rejectUnauthorized: false };
  server = createServer(options, (request, response) => {
    const socket = request.socket as TLSSocket;
    const { subject } = socket.getPeerCertificate();
    groups = request.rawHeaders.filter((_, at, all) => all[at - 1] === 'impersonate-group');
    clients.push(socket.authorized ? `${subject?.CN}` : undefined);
    response.end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  client?.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** Asks once, as a user with these members of `cluster` and `user` in the kubeconfig. */
async function get(cluster: string, user = '{}', at = '127.0.0.1'): Promise<string> {
  const { port } = server.address() as AddressInfo;
  files['/k/config'] = `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://${at}:${port}", ${cluster}}}]
users: [{name: u, user: ${user}}]`;
  const clock = new FakeClock();
  const access = { by: 'kubeconfig', files: ['/k/config'], context: undefined } as const;
  const world = { env: {}, clock, run: () => Promise.reject(new Error('none')) };
  client ??= new ApiClient({
    credentials: new Credentials(access, { ...world, readText: (path) => files[path] ?? '' }),
    limiter: new RequestLimiter({ qps: 0, burst: 0, maxInFlight: 0 }, clock),
    clock,
    onRequest: () => {},
    onUnchecked: (url) => void unchecked.push(url),
  });
  const { signal } = new AbortController();
  return textOf(await client.get({ path: '/', query: {}, idleMs: 1000, signal }), 100);
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const CA = `certificate-authority-data: ${base64(AUTHORITY)}`;
const NAMED = `${CA}, tls-server-name: dns.example.test`;

describe('the certificate of an API server', () => {
  test('is checked against the authority and the name', async () => {
    expect(await get(NAMED)).toBe('{}');
    expect(unchecked).toEqual([]);
  });

  test.each([
    ['another name', CA, /altnames|Hostname\/IP/i],
    ['an unknown authority', 'tls-server-name: dns.example.test', /unable to verify|self.signed/i],
  ])('is refused for %s, and nothing is sent', async (_, cluster, message) => {
    await expect(get(cluster, '{token: s3cret}')).rejects.toThrow(message);
    expect(clients).toEqual([]);
  });

  test('is not checked when nobody wants it to be, and that is said once', async () => {
    await get('insecure-skip-tls-verify: true');
    await get('insecure-skip-tls-verify: true');
    expect(unchecked).toHaveLength(1);
  });

  test('is not checked for a URL with a password either, which is not said', async () => {
    await get('insecure-skip-tls-verify: true', '{}', 'u:s3cret@127.0.0.1');
    const { port } = server.address() as AddressInfo;
    expect(unchecked).toEqual([`https://127.0.0.1:${port}`]);
  });
});

test('a client certificate is shown, and the one that takes its place', async () => {
  files['/k/cert'] = CLIENT_CERTIFICATE;
  files['/k/key'] = CLIENT_KEY;
  const user = '{client-certificate: cert, client-key: key}';
  await get(NAMED, user);
  files['/k/cert'] = SERVER_CERTIFICATE;
  files['/k/key'] = SERVER_KEY;
  await get(NAMED, user);
  expect(clients).toEqual(['client.example.test', 'dns.example.test']);
});

test('each group that a user asks for is a header', async () => {
  await get(NAMED, '{token: t, as: jane, as-groups: [a, "b,c"]}');
  expect(groups).toEqual(['a', 'b,c']);
});
