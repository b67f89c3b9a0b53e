import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { systemSockets } from '../../../../src/plugins/forward/transport/sockets.ts';

/** How a query of so many bytes to an address ends. */
function failureOf(address: string, port: number, bytes: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = systemSockets.datagram({ address, port }, undefined, {
      received: () => resolve('a datagram'),
      strayed: () => resolve('a stranger'),
      failed: (error) => resolve((error as NodeJS.ErrnoException).code),
    });
    socket.send(Buffer.alloc(bytes));
  });
}

test('datagram() tells at once that the kernel does not let it connect', async () => {
  // A broadcast: refused everywhere, whatever routes there are.
  expect(await failureOf('255.255.255.255', 53, 20)).toMatch(/^(EACCES|ENETUNREACH)$/);
});

test('datagram() tells at once that the kernel does not send', async () => {
  const listener = createSocket('udp4');
  listener.bind(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  expect(await failureOf('127.0.0.1', listener.address().port, 65_530)).toBe('EMSGSIZE');
});
