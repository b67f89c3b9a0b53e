import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCompose } from './compose.ts';
import { ROOT } from './server.ts';

const compose = readCompose(readFileSync(join(ROOT, 'compose.yaml'), 'utf8'));

test('compose.yaml: the sidecar has a fixed address in the subnet, which the client asks', () => {
  const [network = '', prefix] = compose.subnet.split('/');
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(prefix));
  expect(subnet.check(compose.dnsAddress)).toBe(true);
  expect(compose.clientDns).toEqual([compose.dnsAddress]);
});

test('compose.yaml: the folder is mounted read-only where the image looks, the client waits for health', () => {
  expect(compose.mount).toEqual({ from: './zones', to: '/manifests', mode: 'ro' });
  expect(compose.clientWaitsFor).toBe('service_healthy');
});

test('compose.yaml: no port of the host is taken', () => {
  expect(compose.published).toEqual([]);
});
