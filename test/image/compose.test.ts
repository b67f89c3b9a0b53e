import { chmodSync, cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestIo } from '../cli/test-io.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { blocksOf, ROOT, readText } from '../readme-blocks.ts';
import { compose, docker, until } from './engine.ts';

// Compose files as they are documented, each brought up. Only images that belong to the reader are
// replaced by one of busybox, which does what is needed of them.

/** A web server of busybox, as two entries of a service. */
const PAGE = 'mkdir /www; echo It works > /www/index.html; httpd -f -p 80 -h /www';
const HTTPD = ['image: busybox:1', `command: ["sh", "-c", "${PAGE}"]`];

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
  chmodSync(folder.path, 0o755);
});

afterEach(() => {
  compose(folder.path, ['down', '--volumes', '--timeout', '1']);
  folder.dispose();
});

describe('compose.yaml', () => {
  test('resolves a name of the cluster in the client, and follows an edit', async () => {
    cpSync(join(ROOT, 'zones'), folder.folder('zones'), { recursive: true });
    up(readText('compose.yaml'));
    await logged('client', '10.99.209.251');
    folder.write('zones/late.yaml', SERVICE.replace('name: web', 'name: late'));
    await until('the new name', () => {
      const name = 'late.shop.svc.cluster.local';
      return tried(['exec', '-T', 'client', 'nslookup', '-type=a', name]);
    });
    hardened();
  });
});

describe('README.md', () => {
  test('its compose file starts, and the web service resolves names', async () => {
    cpSync(join(ROOT, 'zones'), folder.folder('k8s'), { recursive: true });
    up(onlyCompose('README.md'));
    await until('the name', () => {
      const name = 'redis.default.svc.cluster.local';
      const found = tried(['exec', '-T', 'web', 'nslookup', '-type=a', name]);
      return found?.includes('10.99.209.251') || undefined;
    });
    hardened();
  });
});

describe('docs/resolvers.md', () => {
  test('containers are reached over HTTP by the name of their Service', async () => {
    folder.write('k8s/web.yaml', SERVICE);
    const corefile = blocksOf('docs/resolvers.md').find(
      ({ info, text }) => info === 'corefile' && text.includes('endpoints dns'),
    );
    folder.write('dns/Corefile', corefile?.text ?? '');
    up(onlyCompose('docs/resolvers.md'));
    await logged('client', 'It works');
    hardened();
  });
});

describe('svcdns compose init', () => {
  test('its override has services reach each other by the names of Services', async () => {
    const namespace = basename(folder.path).toLowerCase();
    const isolated = '{ image: busybox:1, command: sleep 600, networks: [back] }';
    // Nothing makes it wait for the web server.
    const client = `sh -c "until wget -q -O - http://web.${namespace}/; do sleep 1; done; sleep 600"`;
    const text = `services:
  web: { ${HTTPD.join(', ')}, expose: [80] }
  my_db: ${isolated}
  client: { image: busybox:1, command: ${JSON.stringify(client)} }
networks: { back: { internal: true } }
`;
    folder.write('compose.yaml', text);
    const { code, stderr } = await new TestIo({ cwd: folder.path }).outcome('compose init --yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    compose(folder.path, ['up', '--detach', '--no-build']);
    await logged('client', 'It works');
    const lookUp = (service: string, name: string) =>
      until(`${name} in ${service}`, () => {
        const full = `${name}.${namespace}.svc.cluster.local`;
        const printed = tried(['exec', '-T', service, 'nslookup', '-type=a', full]);
        return printed?.includes('Address: 10.253.') || undefined;
      });
    await lookUp('client', 'my-db');
    await lookUp('my_db', 'web');
    // As the server was started, but for upstreams: this engine has no way out.
    const doctor = '/usr/local/bin/node /svcdns/dist/main.js doctor --forward off --format json';
    const printed = compose(folder.path, ['exec', '-T', 'svcdns', ...doctor.split(' ')]);
    const { findings } = JSON.parse(printed.slice(printed.indexOf('{'))) as {
      findings: { check: string; level: string; text: string }[];
    };
    const levelOf = (id: string) => findings.find(({ check }) => check === id)?.level;
    expect(['port', 'server', 'mounts', 'settings'].map(levelOf)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });
});

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: { svcdns.dev/endpoints-dns: "web-1,web-2" }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;

function up(text: string): void {
  const own = text
    .replace(/\{ image: nginx, /g, `{ ${HTTPD.join(', ')}, `)
    .replace(/image: nginx$/gm, HTTPD.join('\n    '))
    .replace('image: curlimages/curl', 'image: busybox:1')
    .replace(/command: \["(http:[^"]*)"\]/, 'command: ["wget", "-q", "-O", "-", "$1"]');
  folder.write('compose.yaml', own);
  compose(folder.path, ['up', '--detach', '--no-build']);
}

function onlyCompose(path: string): string {
  const [block, ...others] = blocksOf(path).filter(({ info }) => info === 'yaml compose');
  expect(others).toEqual([]);
  return block?.text ?? '';
}

function logged(service: string, text: string): Promise<true> {
  return until(`${text} in the log of ${service}`, () => {
    return compose(folder.path, ['logs', service]).includes(text) || undefined;
  });
}

function tried(args: readonly string[]): string | undefined {
  try {
    return compose(folder.path, args);
  } catch {
    return undefined;
  }
}

/** The sidecar writes to nothing but its own folder, and has one capability. */
function hardened(): void {
  const id = compose(folder.path, ['ps', '--quiet', 'dns']).trim();
  const of = (format: string) => docker(['inspect', '--format', format, id]).trim();
  expect(of('{{.HostConfig.ReadonlyRootfs}}')).toBe('true');
  expect(of('{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}')).toMatch(
    /^\[ALL\] \[(?:CAP_)?NET_BIND_SERVICE\]$/,
  );
  expect(of('{{.HostConfig.SecurityOpt}}')).toContain('no-new-privileges');
  expect(docker(['logs', id])).not.toContain('nothing is kept');
}
