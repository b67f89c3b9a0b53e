import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { output, Running, run } from './command.ts';
import { type ComposeFile, readCompose } from './compose.ts';
import { type ContainerOptions, Image } from './image.ts';
import { Internet } from './internet.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { ROOT, whenReady, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

// What `docker compose up` does, without Docker: the image from the Dockerfile's instructions, the
// network, the addresses and the mount from compose.yaml.

const CABLE = 'eth0';
const folder = mkdtempSync(join(tmpdir(), 'svcdns-manifests-'));
let compose: ComposeFile;
let image: Image;
let dns: NetworkNamespace;
let client: NetworkNamespace;
let resolver: ResolverFiles;
let engine: Internet;

beforeAll(async () => {
  requireTools('ip', 'nsenter', 'setpriv', 'unshare', 'mount', 'setcap', 'dig');
  compose = readCompose(readFileSync(join(ROOT, 'compose.yaml'), 'utf8'));
  cpSync(ZONES, folder, { recursive: true });
  chmodSync(folder, 0o755); // the user of the image has to be able to look into it
  image = await Image.build();
  await image.mountReadOnly(folder, compose.mount.to);
  // What Docker's own resolver is in every container of a network.
  const resolvConf = join(folder, '.resolv.conf');
  writeFileSync(resolvConf, 'nameserver 127.0.0.11\noptions ndots:0\n');
  await image.mountFile(resolvConf, '/etc/resolv.conf');
  dns = await NetworkNamespace.create();
  client = await NetworkNamespace.create();
  engine = await Internet.start(dns, '127.0.0.11');
  await dns.connect(client, CABLE);
  const [, prefix] = compose.subnet.split('/');
  await dns.addAddress(`${compose.dnsAddress}/${prefix}`, CABLE);
  await client.addAddress(`${compose.subnet.replace(/\d+\/.*/, '2')}/${prefix}`, CABLE);
  const nameservers = compose.clientDns.map((address) => `nameserver ${address}\n`);
  resolver = new ResolverFiles(nameservers.join(''));
}, 600_000);

afterAll(async () => {
  await engine?.stop();
  await image?.remove();
  await dns?.remove();
  await client?.remove();
  resolver?.remove();
  rmSync(folder, { recursive: true });
});

const lookUp = (name: string) => run(client.command(resolver.command(['getent', 'hosts', name])));

describe('the image', () => {
  test('runs as a number, not root, and says which ports it has', () => {
    expect(image.config.user).toBe('65532:65532');
    expect([...image.config.exposed].sort()).toEqual(['53/tcp', '53/udp']);
  });

  test('has what runs and nothing to build with', async () => {
    const paths = [
      'dist/main.js',
      'dist/page.html',
      'dist/LICENSES.txt',
      'package.json',
      'Corefile',
      'LICENSE',
    ];
    for (const path of paths)
      expect([path, await image.has(`/svcdns/${path}`)]).toEqual([path, true]);
    const absent = ['src', 'scripts', 'node_modules', 'test', '.npmrc'];
    for (const path of absent)
      expect([path, await image.has(`/svcdns/${path}`)]).toEqual([path, false]);
  });

  test('has a folder for what is kept, that belongs to its user', async () => {
    const state = image.config.env.get('SVCDNS_STATE');
    expect(state).toBe(compose.stateMount.to);
    expect(await image.owner(state!)).toBe(image.config.user);
  });

  test('takes commands: --version, check /manifests', async () => {
    const version = await output(image.run(['--version'], { network: dns }));
    expect(version).toMatch(/^svcdns \d+\.\d+\.\d+\n$/);
    await output(image.run(['check', '/manifests'], { network: dns }));
  });
});

describe('a container of it', () => {
  let server: Running;

  beforeAll(async () => {
    server = new Running(image.run([], { network: dns }));
    await whenReady(server);
  });

  afterAll(() => server?.stop());

  test('listens on port 53 of all its addresses, UDP and TCP', () => {
    expect(server.printed).toContain(`${compose.dnsAddress}:53`);
    expect(server.printed).toContain('127.0.0.1:53');
  });

  test('is no root: user and group 65532, and no capability but CAP_NET_BIND_SERVICE', () => {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:(\t65532){4}$/m);
    expect(status).toMatch(/^Gid:(\t65532){4}$/m);
    const bindService = (1 << 10).toString(16).padStart(16, '0');
    expect(/^CapPrm:\t(.*)$/m.exec(status)?.[1]).toBe(bindService);
    expect(/^CapBnd:\t(.*)$/m.exec(status)?.[1]).toBe(bindService);
  });

  test('is healthy by its own HEALTHCHECK', async () => {
    const { status, stdout } = await run(image.health({ network: dns }));
    expect(stdout).toMatch(/udp 127\.0\.0\.1:53.*\n.*tcp 127\.0\.0\.1:53/);
    expect(status).toBe(0);
  });

  test('resolves names in the client container, through its `dns:`', async () => {
    expect((await lookUp('redis.default.svc.cluster.local')).stdout).toMatch(/^10\.99\.209\.251 /);
    expect((await lookUp('nothing.default.svc.cluster.local')).status).toBe(2);
  });

  test('forwards other names to the resolver of the engine, 127.0.0.11', async () => {
    expect(server.printed).toContain(
      'Forwarding all other names to the servers in /etc/resolv.conf',
    );
    expect((await lookUp('www.example.org')).stdout).toMatch(/^192\.0\.2\.80 /);
    expect(engine.asked).toContain('www.example.org A udp');
    expect(engine.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
  });

  test('follows an edit of the mounted folder', async () => {
    const manifest = `apiVersion: v1
kind: Service
metadata: { name: late }
spec: { clusterIP: 10.96.77.77, ports: [{ port: 80 }] }
`;
    writeFileSync(join(folder, 'late.yaml'), manifest);
    await server.until(async () => {
      const { stdout } = await lookUp('late.default.svc.cluster.local');
      return stdout.startsWith('10.96.77.77 ');
    });
  });

  test('ends with status 0 on SIGTERM, and then is not healthy', async () => {
    await server.stop();
    expect(await server.ended).toBe(0);
    const { status, stderr } = await run(image.health({ network: dns }));
    expect(stderr).toMatch(/^svcdns health: Not healthy: .*127\.0\.0\.1:53.*\n$/);
    expect(status).toBe(1);
  });
});

test('/metrics is answered, with the figures of the process, when SVCDNS_ADMIN opens it', async () => {
  await start([], { env: { SVCDNS_ADMIN: '127.0.0.1:8053' } });
  const fetch =
    "fetch('http://127.0.0.1:8053/metrics').then((r) => r.text()).then((t) => process.stdout.write(t))";
  const metrics = await output(dns.command([process.execPath, '-e', fetch]));
  expect(metrics).toContain('coredns_panics_total');
  expect(metrics).toContain('svcdns_udp_transport{transport="native"} 1');
  expect(metrics).toContain('process_resident_memory_bytes');
});

test("takes CoreDNS's own flags: -conf FILE -dns.port N", async () => {
  writeFileSync(
    join(folder, 'Corefile'),
    'cluster.local {\n    kubernetes {\n        manifests /manifests\n    }\n}\n',
  );
  await start(['-conf', '/manifests/Corefile', '-dns.port', '1053']);
  const question = ['-p', '1053', '+short', 'redis.default.svc.cluster.local'];
  const answer = await output(client.command(['dig', `@${compose.dnsAddress}`, ...question]));
  expect(answer).toBe('10.99.209.251\n');
});

describe('with --security-opt no-new-privileges', () => {
  test('has port 53 where the engine opens low ports to all', async () => {
    await output(dns.command(['sysctl', '--write', 'net.ipv4.ip_unprivileged_port_start=0']));
    await start([], { noNewPrivileges: true });
    const question = ['+short', 'redis.default.svc.cluster.local'];
    const answer = await output(client.command(['dig', `@${compose.dnsAddress}`, ...question]));
    expect(answer).toBe('10.99.209.251\n');
  });

  test('else says that the port is forbidden, and a way out, and ends', async () => {
    await output(dns.command(['sysctl', '--write', 'net.ipv4.ip_unprivileged_port_start=1024']));
    const { status, stderr } = await run(image.run([], { network: dns, noNewPrivileges: true }));
    expect(stderr).toMatch(/^svcdns serve: Cannot listen on \S+:53\b/);
    expect(stderr).toContain('net.ipv4.ip_unprivileged_port_start');
    expect(status).toBe(1);
  });
});

/** Starts a container that lives as long as the test. */
async function start(
  args: readonly string[],
  options: Partial<ContainerOptions> = {},
): Promise<void> {
  const server = new Running(image.run(args, { network: dns, ...options }));
  onTestFinished(() => server.stop());
  await whenReady(server);
}
