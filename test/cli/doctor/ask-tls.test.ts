import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { boundedNetwork } from '../../../src/cli/doctor/network.ts';
import { Type } from '../../../src/dns/codes.ts';
import { FrameReader, framed, MAX_MESSAGE_BYTES } from '../../../src/dns/framing.ts';
import type { TlsIdentity } from '../../../src/plugins/forward/transport/sockets.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { AUTHORITY, SERVER_CERTIFICATE, SERVER_KEY } from '../../e2e/tls-identities.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { freePort } from '../../helpers/free-port.ts';
import { until } from '../../server/until.ts';
import { replyTo } from '../fake-dns-server.ts';

const NAMED: TlsIdentity = {
  servername: 'dns.example.test',
  ca: AUTHORITY,
  cert: undefined,
  key: undefined,
};

const asked = (port: number, tls: TlsIdentity) =>
  ({
    server: { address: '127.0.0.1', port },
    name: '.',
    type: Type.SOA,
    transport: 'tcp',
    tls,
  }) as const;

const ask = (port: number, tls = NAMED) => boundedNetwork(systemClock).ask(asked(port, tls));

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server with TLS, certified as dns.example.test. */
function tlsServer(take: (socket: TLSSocket) => void = answered): Promise<number> {
  const server = createTlsServer({ cert: SERVER_CERTIFICATE, key: SERVER_KEY }, (socket) => {
    socket.on('error', () => {});
    take(socket);
  });
  return listening(server);
}

function answered(socket: TLSSocket): void {
  const frames = new FrameReader({ maxBytes: MAX_MESSAGE_BYTES, minBytes: 0 });
  socket.on('data', (chunk: Buffer) => {
    frames.push(chunk);
    const query = frames.next();
    if (query !== undefined) socket.write(framed(replyTo(Buffer.from(query), { rcode: 3 })));
  });
}

test('askTls() has the reply of a server whose certificate is right', async () => {
  expect(await ask(await tlsServer())).toMatchObject({ rcode: 3, records: [] });
});

test.for([
  [
    'for another name',
    { ...NAMED, servername: 'other.example' },
    {
      fault: 'its certificate is for dns.example.test, and not for other.example',
      fix: 'tls_servername dns.example.test, in the block of this forward line',
    },
  ],
  [
    'for a name, not for the address',
    { ...NAMED, servername: undefined },
    {
      fault: 'its certificate is for dns.example.test, and not for 127.0.0.1',
      fix: 'tls_servername dns.example.test, in the block of this forward line',
    },
  ],
  [
    'of an authority that nobody knows',
    { ...NAMED, ca: undefined },
    {
      fault: 'its certificate is of an authority that is not trusted here',
      fix: 'tls CA_FILE, in the block of this forward line',
    },
  ],
] as const)('askTls() says that the certificate is %s', async ([, tls, expected]) => {
  expect(await ask(await tlsServer(), tls)).toEqual(expected);
});

test('askTls() says that nothing listens there', async () => {
  expect(await ask(freePort())).toEqual({ fault: 'connection refused: nothing listens there' });
});

test('askTls() says that the server has no TLS', async () => {
  const fix = 'forward . ADDRESS, without tls://, or the port on which it has TLS';
  const closing = await listening(createServer((socket) => void socket.end()));
  expect(await ask(closing)).toMatchObject({
    fault: expect.stringMatching(/^the connection was closed during the TLS handshake$/),
    fix,
  });
  const talking = await listening(
    createServer((socket) => void socket.on('error', () => {}).end('220 hello\r\n')),
  );
  expect(await ask(talking)).toMatchObject({
    fault: expect.stringMatching(/^it does not speak TLS as we do \(ERR_SSL_/),
    fix,
  });
});

test('askTls() says that the connection is closed without a reply', async () => {
  const port = await tlsServer((socket) => void socket.once('data', () => socket.destroy()));
  expect(await ask(port)).toEqual({ fault: 'the connection was closed without a reply' });
});

test('askTls() waits three seconds, for the handshake and the reply', async () => {
  const clock = new FakeClock();
  let heard = 0;
  const silent = await tlsServer((socket) => void socket.once('data', () => heard++));
  const mute = await listening(
    createServer((socket) => void socket.on('error', () => {}).once('data', () => heard++)),
  );
  const answers = [silent, mute].map((port) => boundedNetwork(clock).ask(asked(port, NAMED)));
  await until(() => heard === 2);
  clock.advance(3000);
  expect(await Promise.all(answers)).toEqual([
    { fault: 'no reply within 3000 ms' },
    { fault: 'the TLS handshake was not over within 3000 ms' },
  ]);
});
