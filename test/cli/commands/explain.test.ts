import { expect, test } from 'vitest';
import { folderWith } from '../folder.ts';
import { TestIo } from '../test-io.ts';

test.for([
  [
    'explain web --server localhost:8053',
    "svcdns explain: Cannot use 'localhost:8053' for --server: expected ADDRESS:PORT, as in 127.0.0.1:8053",
  ],
  [
    'top --server here',
    "svcdns top: Cannot use 'here' for --server: expected ADDRESS:PORT, as in 127.0.0.1:8053",
  ],
  [
    'explain web --server here --at 14:03',
    "svcdns explain: Cannot use 'here' for --server: expected ADDRESS:PORT, as in 127.0.0.1:8053",
  ],
  ...['explain web', 'top'].map(
    (command) =>
      [
        `${command} --admin 127.0.0.1:8053`,
        `svcdns ${command.split(' ')[0]}: Unknown option '--admin': the running server's admin address is given with '--server'`,
      ] as const,
  ),
  [
    'explain web --manifests k8s',
    "--manifests: error: Cannot find 'k8s': there is no such file or folder [CONFIG_MANIFESTS]",
  ],
] as const)('%s is wrong usage', async ([line, message]) => {
  const { code, stderr } = await new TestIo({ cwd: folderWith({}) }).outcome(line);
  expect({ code, first: stderr.split('\n')[0] }).toEqual({
    code: 2,
    first: message,
  });
});

test('names and files have no character that moves a cursor', async () => {
  const service = 'kind: Service\napiVersion: v1\nmetadata: {name: web, namespace: shop}\n';
  const cwd = folderWith({ 'k8s/a\u001b[31m.yaml': `${service}spec: {ports: [{port: 80}]}\n` });
  for (const name of ['web.shop', 'e\u001b[31m\u0007']) {
    const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off' } });
    const { stdout } = await io.outcome(`explain ${name} --manifests k8s`);
    expect(stdout).toContain('\\u001b');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  }
});

test('explain -x says which Service has an address', async () => {
  const service = 'kind: Service\napiVersion: v1\nmetadata: {name: web, namespace: shop}\n';
  const spec = 'spec: {clusterIP: 10.96.0.7, ports: [{port: 80}]}\n';
  const cwd = folderWith({ 'k8s/a.yaml': service + spec });
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off' } });
  const { code, stdout } = await io.outcome('explain -x 10.96.0.7 --manifests k8s');
  expect(code).toBe(0);
  expect(stdout).toContain('    PTR web.shop.svc.cluster.local.  manifest: Service shop/web');
});
