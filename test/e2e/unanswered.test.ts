import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../src/index.ts';
import { systemClock } from '../../src/support/clock.ts';
import { TestIo } from '../cli/test-io.ts';
import { ask } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// What manifests have that no name leads to is said, with the option that answers it; with that
// option it is answered, and nothing is said any more.

const WEB = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
status: { loadBalancer: { ingress: [{ ip: 192.0.2.10 }] } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx }] }
`;

const HOSTS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  rules: [{ host: shop.example.net }, { host: www.example.net }]
  tls: [{ hosts: [shop.example.net, tls.example.net] }]
status: { loadBalancer: { ingress: [{ ip: 192.0.2.20 }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: edge }
spec:
  gatewayClassName: any
  listeners: [{ name: http, port: 80, protocol: HTTP, hostname: api.example.net }]
---
apiVersion: externaldns.k8s.io/v1alpha1
kind: DNSEndpoint
metadata: { name: mail, namespace: edge }
spec: { endpoints: [{ dnsName: mail.example.net, recordType: A, targets: [192.0.2.30] }] }
`;

const HINTS = {
  hosts:
    'k8s/hosts.yaml:9:1: hint: 5 host names are not among the names answered: api.example.net (Gateway edge/edge), mail.example.net (DNSEndpoint edge/mail), shop.example.net (Ingress shop/web) and 2 more: --gateway ZONE answers those in a zone, as in --gateway example.net [HOSTS_UNANSWERED]',
  addresses:
    'k8s/web.yaml:1:1: hint: A Service has an external address that no name has: 192.0.2.10 (Service shop/web): --external ZONE answers web.shop.ZONE with it [EXTERNAL_ADDRESSES_UNANSWERED]',
  basics:
    'k8s:1:1: hint: No manifest has Services that every cluster has: kubernetes in default, kube-dns in kube-system: --cluster-basics adds what is missing [CLUSTER_BASICS_MISSING]',
  workloads:
    'k8s/web.yaml:1:1: hint: Service "web": no endpoints: its selector app=web matches Deployment web (2 replicas, k8s/web.yaml:7:1), whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate [SERVICE_WITHOUT_ENDPOINTS]',
};

let folder: TempFolder;
let serving: ServeHere | undefined;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('k8s/web.yaml', WEB);
  folder.write('k8s/hosts.yaml', HOSTS);
});

afterEach(async () => {
  await serving?.stop();
  serving = undefined;
  folder.dispose();
});

/** A record, of the JSON of `svcdns records`. */
interface Listed {
  readonly name: string;
  readonly type: string;
  readonly external?: readonly string[];
}

/** What a command line prints. */
async function run(line: string, env: Record<string, string> = {}): Promise<string> {
  const io = new TestIo({
    cwd: folder.path,
    env: { SVCDNS_STATE: 'off', ...env },
    clock: systemClock,
  });
  return (await io.outcome(line)).stdout.replaceAll(`${folder.path}/`, '');
}

/** The start-up text, and where it answers. */
async function serve(line: string) {
  const args = `--manifests k8s --listen 127.0.0.1:0 --admin off --state off ${line}`;
  const started = new ServeHere(args.trim().split(' '), { cwd: folder.path });
  serving = started;
  await started.until(() => /^Try: /m.test(started.printed), 'start-up text');
  const [, port] = /^Listening on 127\.0\.0\.1:(\d+)/m.exec(started.printed)!;
  return { printed: started.printed, at: { address: '127.0.0.1', port: Number(port) } };
}

const ALL =
  '--gateway example.net --external lb.test --cluster-basics --workloads simulate --forward off';

describe('what is not answered', () => {
  test('is counted in the start-up text, with the option that answers it', async () => {
    const { printed } = await serve('');
    const lines = printed.split('\n');
    expect(lines).toContain(
      'NAMESPACE  CLUSTERIP  HEADLESS  EXTERNALNAME  ENDPOINTS  PODS  EXTERNALIP  HOSTS',
    );
    expect(lines).toContain(
      'edge               0         0             0          0     0           0      2',
    );
    expect(lines).toContain(
      'shop               1         0             0          0     0           1      3',
    );
    const { hosts, addresses, basics, workloads } = HINTS;
    const at = lines.indexOf('Without endpoints:');
    expect(lines.slice(at, at + 6)).toEqual([
      'Without endpoints:',
      `  ${workloads}`,
      'Not answered:',
      ...[hosts, addresses, basics].map((hint) => `  ${hint}`),
    ]);
  });

  test('is said by check', async () => {
    const lines = (await run('check k8s')).trimEnd().split('\n');
    expect(lines).toEqual(expect.arrayContaining(Object.values(HINTS)));
    expect(lines.at(-1)).toBe(
      'Checked 2 files: 1 Service (1 ClusterIP, 0 headless, 0 ExternalName), 0 endpoints, 0 Pods, 1 Service with an external address, 5 hosts, 2 namespaces; 0 errors, 0 warnings, 4 hints',
    );
    const { summary } = JSON.parse(await run('check k8s --format json'));
    expect(summary).toMatchObject({ external: 1, hosts: 5 });
  });

  test('of a load balancer is beside the records of its Service in JSON', async () => {
    const records: readonly Listed[] = JSON.parse(await run('records k8s --format json'));
    const named = records.filter(({ name }) => name === 'web.shop.svc.cluster.local.');
    expect(named.map(({ type, external }) => [type, external])).toEqual([
      ['A', ['192.0.2.10']],
      ['SRV', undefined],
    ]);
  });

  test('is answered with the options, and no longer said', async () => {
    const { printed, at } = await serve(ALL);
    expect(printed).not.toContain('Not answered:');
    expect(printed).not.toContain('Without endpoints:');
    const answers = {
      'shop.example.net.': '192.0.2.20',
      'mail.example.net.': '192.0.2.30',
      'web.shop.lb.test.': '192.0.2.10',
      'kubernetes.default.svc.cluster.local.': '10.96.0.1',
      'kube-dns.kube-system.svc.cluster.local.': '10.96.0.10',
    };
    for (const [name, address] of Object.entries(answers)) {
      const { answer } = await ask(at, name, 'A');
      expect(answer.map((line) => line.split(' ').at(-1))).toEqual([address]);
    }
    expect(await run(`check k8s ${ALL.replace(' --forward off', '')}`)).not.toMatch(
      /UNANSWERED|MISSING|WITHOUT_ENDPOINTS/,
    );
  });

  test('is not said of a folder with nothing of it', async () => {
    folder.remove('k8s/hosts.yaml');
    folder.write('k8s/web.yaml', WEB.slice(0, WEB.indexOf('---')).replace(/^status.*$/m, ''));
    expect(await run('check k8s --cluster-basics')).not.toContain('UNANSWERED');
  });
});

describe('--cluster-basics', () => {
  const question = async (at: { address: string; port: number }, name: string, type: string) =>
    (await ask(at, name, type)).answer;
  const API = 'kubernetes.default.svc.cluster.local.';
  const DNS = 'kube-dns.kube-system.svc.cluster.local.';

  test('has the ports that kubeadm gives, at the numbers of the service range', async () => {
    const { at } = await serve('--cluster-basics --service-range 10.43.0.0/16 --ttl 30');
    expect(await question(at, API, 'A')).toEqual([`${API} 30 IN A 10.43.0.1`]);
    expect(await question(at, `_https._tcp.${API}`, 'SRV')).toEqual([
      `_https._tcp.${API} 30 IN SRV 0 100 443 ${API}`,
    ]);
    for (const [port, number] of [
      ['_dns._udp', 53],
      ['_dns-tcp._tcp', 53],
      ['_metrics._tcp', 9153],
    ]) {
      expect(await question(at, `${port}.${DNS}`, 'SRV')).toEqual([
        `${port}.${DNS} 30 IN SRV 0 100 ${number} ${DNS}`,
      ]);
    }
    expect(await question(at, '10.0.43.10.in-addr.arpa.', 'PTR')).toEqual([
      `10.0.43.10.in-addr.arpa. 30 IN PTR ${DNS}`,
    ]);
  });

  test('gives way to a Service of the manifests, and comes back', async () => {
    const { at } = await serve('--cluster-basics');
    expect(await question(at, API, 'A')).toEqual([`${API} 5 IN A 10.96.0.1`]);
    const own = WEB.slice(0, WEB.indexOf('---'))
      .replace('web, namespace: shop', 'kubernetes')
      .replace('type: LoadBalancer', 'clusterIP: 10.96.7.7');
    folder.write('k8s/api.yaml', own);
    const becomes = (name: string, type: string, data: string) =>
      eventually(async () =>
        expect(await question(at, name, type)).toEqual([`${name} 5 IN ${type} ${data}`]),
      );
    await becomes(API, 'A', '10.96.7.7');
    folder.remove('k8s/api.yaml');
    await becomes(`_https._tcp.${API}`, 'SRV', `0 100 443 ${API}`);
    // As in a cluster, a Service whose manifest no longer names its address keeps it.
    await becomes(API, 'A', '10.96.7.7');
  });

  test('is a word of the Corefile, a variable, and an option of a program', async () => {
    folder.write(
      'Corefile',
      '.:0 {\n  bind 127.0.0.1\n  kubernetes cluster.local {\n    manifests k8s\n    cluster_basics\n  }\n}\n',
    );
    expect(await run('records --config Corefile')).toContain(`${API} 5 IN A 10.96.0.1\n`);
    const line = 'records k8s --config off';
    expect(await run(line, { SVCDNS_CLUSTER_BASICS: 'on' })).toContain(`${API} 5 IN A 10.96.0.1`);
    const server = await startServer({ manifests: folder.at('k8s'), clusterBasics: true });
    expect(await question(server.address, API, 'A')).toEqual([`${API} 5 IN A 10.96.0.1`]);
    await server.close();
  });

  test('is said to be of svcdns in the JSON of records', async () => {
    const line = 'records k8s --cluster-basics --format json';
    const records: readonly Listed[] = JSON.parse(await run(line));
    const isPort = ({ name, type }: Listed) => name === `_https._tcp.${API}` && type === 'SRV';
    expect(records.find(isPort)).toMatchObject({
      object: 'Service default/kubernetes',
      origin: 'cluster_basics',
      by: 'svcdns',
    });
  });
});
