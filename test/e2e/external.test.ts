import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const seed = (name: string) =>
  readFileSync(new URL(`../fixtures/seeds/counter/${name}`, import.meta.url), 'utf8');

const ALIAS = `---
apiVersion: v1
kind: Service
metadata: { name: aws, namespace: shop }
spec: { type: LoadBalancer, ports: [{ name: http, port: 80 }] }
status: { loadBalancer: { ingress: [{ hostname: lb.example.net }] } }
`;

let folder: TempFolder;
let app: App | undefined;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('k8s/counter-lb.yml', seed('counter-lb.yml'));
  folder.write('k8s/metallb-cm.yml', seed('metallb-cm.yml'));
  folder.write('k8s/alias.yaml', ALIAS);
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  folder.dispose();
});

const BLOCK = (...lines: string[]) => `.:0 {
  bind 127.0.0.1
  cache
  loadbalance
  kubernetes cluster.local 10.in-addr.arpa {
    manifests k8s
  }
  hosts {
    198.51.100.7 lb.example.net
    ttl 9
    fallthrough
  }
  ${lines.join('\n  ')}
}
`;

const EXTERNAL = 'k8s_external example.org 192.168.64.0/24';

function load(corefile: string): { settings: Settings | undefined; messages: string[] } {
  const config = folder.write('Corefile', corefile);
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  return { settings, messages: problems.map(({ message }) => message) };
}

function settingsOf(corefile: string): Settings {
  const { settings, messages } = load(corefile);
  if (settings === undefined) throw new Error(messages.join('\n'));
  return settings;
}

async function start(corefile: string): Promise<void> {
  const log = createLoggerTo('silent', { write: () => {} });
  app = await startAppHere(settingsOf(corefile), { log });
  await app.whenSynced();
}

const ask = async (name: string, type: string) => {
  const { rcode, answer } = await askServer(app!.addresses[0]!, name, type);
  return answer.length > 0 ? answer : rcode;
};

const COUNTER = 'counter-lb.default.example.org.';
const POINTER = '4.64.168.192.in-addr.arpa.';

describe('k8s_external in a running server', () => {
  test("answers with the address of MetalLB's pool, there and back", async () => {
    await start(BLOCK(EXTERNAL));
    expect(await ask(COUNTER, 'A')).toEqual([`${COUNTER} 5 IN A 192.168.64.4`]);
    expect(await ask(POINTER, 'PTR')).toEqual([`${POINTER} 5 IN PTR ${COUNTER}`]);
    expect(await ask(COUNTER, 'AAAA')).toBe('NOERROR');
    expect(await ask('nothing.default.example.org.', 'A')).toBe('NXDOMAIN');
    const inside = await ask('counter-lb.default.svc.cluster.local.', 'A');
    expect(inside).toEqual([expect.stringMatching(/ 5 IN A 10\.\d+\.\d+\.\d+$/)]);
    expect(await ask('example.com.', 'A')).toBe('REFUSED');
  });

  test('follows a load balancer that is known by a host name', async () => {
    await start(BLOCK(EXTERNAL));
    expect(await ask('aws.shop.example.org.', 'A')).toEqual([
      'aws.shop.example.org. 5 IN CNAME lb.example.net.',
      'lb.example.net. 9 IN A 198.51.100.7',
    ]);
  });

  test('follows the manifests, whatever cache stands above it', async () => {
    await start(BLOCK(EXTERNAL));
    expect(await ask(COUNTER, 'A')).toHaveLength(1);
    const other = seed('metallb-cm.yml').replace('192.168.64.4/32', '192.168.64.9/32');
    folder.write('k8s/metallb-cm.yml', other);
    const answer = () => ask(COUNTER, 'A');
    await expect.poll(answer).toEqual([`${COUNTER} 5 IN A 192.168.64.9`]);
    expect(await ask(POINTER, 'PTR')).toBe('NXDOMAIN');
  });

  test('comes and goes with a reload', async () => {
    await start(BLOCK());
    expect(await ask(COUNTER, 'A')).toBe('REFUSED');
    expect(await app?.reload(settingsOf(BLOCK(EXTERNAL)))).toEqual([]);
    expect(await ask(COUNTER, 'A')).toEqual([`${COUNTER} 5 IN A 192.168.64.4`]);
    expect(await app?.reload(settingsOf(BLOCK()))).toEqual([]);
    expect(await ask(COUNTER, 'A')).toBe('REFUSED');
  });

  test('may be all that a server block has of a cluster', async () => {
    await start(`example.org:0 {
      bind 127.0.0.1
      kubernetes cluster.local {
        manifests k8s
      }
      k8s_external
    }`);
    expect(await ask(COUNTER, 'A')).toEqual([`${COUNTER} 5 IN A 192.168.64.4`]);
  });

  test('leaves to kubernetes what it does not know, in zones of both', async () => {
    await start(BLOCK('k8s_external cluster.local {\nfallthrough\n}'));
    const inside = 'counter-lb.default.svc.cluster.local.';
    expect(await ask('counter-lb.default.cluster.local.', 'A')).toHaveLength(1);
    expect(await ask(inside, 'A')).toHaveLength(1);
  });
});

describe('loadSettings() with k8s_external', () => {
  test('warns of zones that no query reaches', () => {
    const { messages } = load(BLOCK(EXTERNAL).replace('.:0 {', 'cluster.local:0 example.org:0 {'));
    expect(messages).toContain(
      'k8s_external: no query for 64.168.192.in-addr.arpa reaches this server block, which serves cluster.local, example.org',
    );
  });

  test('warns of zones of kubernetes that it answers for', () => {
    const warning =
      'k8s_external: answers for cluster.local, 10.in-addr.arpa before kubernetes does: expected zones of its own, as in k8s_external example.org, or fallthrough';
    expect(load(BLOCK('k8s_external .')).messages).toContain(warning);
    expect(load(BLOCK('k8s_external . {\nfallthrough local arpa\n}')).messages).not.toContain(
      warning,
    );
  });

  test('tells mistakes with their place', () => {
    const { settings, messages } = load(BLOCK('k8s_external example.org {\nttl 9999\n}'));
    expect(settings).toBeUndefined();
    expect(messages).toEqual(['plugin/k8s_external: ttl must be in range [0, 3600]: 9999']);
  });
});
