import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeApiServer, reply } from '../../helpers/fake-api-server.ts';
import { folderWith, WEB } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const LB = `apiVersion: v1
kind: Service
metadata: { name: lb }
spec: { type: LoadBalancer, clusterIP: 10.96.0.8, selector: { app: lb }, ports: [{ port: 80 }] }
`;
const NODE = `apiVersion: v1
kind: Node
metadata: { name: n1, labels: { node-role.kubernetes.io/control-plane: '' } }
status: { nodeInfo: { kubeletVersion: v1.34.1 } }
`;
const FILES = { 'k8s/web.yaml': WEB, 'k8s/lb.yaml': LB, 'k8s/node.yaml': NODE };

function get(line: string, env: Record<string, string> = {}): Promise<Outcome> {
  const io = new TestIo({ cwd: folderWith(FILES), env: { SVCDNS_STATE: 'off', ...env } });
  return io.outcome(`get ${line}`);
}

describe('get, from manifests', () => {
  test("prints kubectl's columns, three blanks between them", async () => {
    const { code, stdout, stderr } = await get('svc -A --manifests k8s');
    expect(stdout).toBe(`\
NAMESPACE   NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE
default     lb     LoadBalancer   10.96.0.8    <pending>     80:30113/TCP   <unknown>
shop        web    ClusterIP      10.96.0.7    <none>        80/TCP         <unknown>
`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('prints one namespace, default unless told', async () => {
    expect((await get('services --manifests k8s')).stdout).toMatch(/^NAME .*\nlb .*\n$/);
    expect((await get('service -n shop --manifests k8s')).stdout).toMatch(/^NAME .*\nweb .*\n$/);
  });

  test('prints several resources, marked as kubectl marks them', async () => {
    const { stdout } = await get('svc,ep,po,ing --manifests k8s');
    expect(stdout).toBe(`\
NAME         TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE
service/lb   LoadBalancer   10.96.0.8    <pending>     80:30113/TCP   <unknown>

NAME           ENDPOINTS   AGE
endpoints/lb   <none>      <unknown>
`);
  });

  test.for(['nodes', 'no n1', 'node -n shop', 'nodes -A'])(
    'get %s prints Nodes, which are in no namespace',
    async (line) => {
      const { code, stdout, stderr } = await get(`${line} --manifests k8s`);
      expect(stdout).toBe(`\
NAME   STATUS    ROLES           AGE         VERSION
n1     Unknown   control-plane   <unknown>   v1.34.1
`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  test.for([
    ['no nope --manifests k8s', 'Error from server (NotFound): nodes "nope" not found\n', 1],
    ['po --manifests k8s', 'No resources found in default namespace.\n', 0],
    ['po -A --manifests k8s', 'No resources found\n', 0],
    ['svc lb nope --manifests k8s', 'Error from server (NotFound): services "nope" not found\n', 1],
    [
      'ing nope --manifests k8s',
      'Error from server (NotFound): ingresses.networking.k8s.io "nope" not found\n',
      1,
    ],
  ] as const)('get %s says what there is not', async ([line, text, exit]) => {
    const { code, stderr } = await get(line);
    expect({ code, stderr }).toEqual({ code: exit, stderr: text });
  });

  test('says that it asked no server', async () => {
    const { code, stdout, stderr } = await get('svc', {
      SVCDNS_ADMIN: '127.0.0.1:1',
      SVCDNS_MANIFESTS: 'k8s',
    });
    expect(stderr).toBe(
      'No server of svcdns at http://127.0.0.1:1: the manifests are read instead\n',
    );
    expect(stdout).toMatch(/^NAME .*\nlb .*\n$/);
    expect(code).toBe(0);
  });
});

test('get fails where the cluster cannot be read, and lists nothing', async () => {
  const api = new FakeApiServer();
  await api.start();
  onTestFinished(() => api.stop());
  api.fault = ({ response }) => {
    reply(response, 403, { code: 403, message: 'forbidden' });
    return true;
  };
  const kubeconfig = `current-context: c
contexts: [{name: c, context: {cluster: c}}]
clusters: [{name: c, cluster: {server: "${api.url}"}}]`;
  const cwd = folderWith({ kubeconfig });
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off', SVCDNS_ADMIN: '127.0.0.1:1' } });
  const { code, stdout, stderr } = await io.outcome('get svc --kubeconfig kubeconfig');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('Cannot read services: status 403: forbidden');
  expect(stderr).not.toContain('No resources found');
});

test.for([
  ['svc --server 127.0.0.1:1', 'svcdns get: No server of svcdns at http://127.0.0.1:1\n'],
  ['svc -w --server 127.0.0.1:1', 'svcdns get: No server of svcdns at http://127.0.0.1:1\n'],
])('get %s needs a server', async ([line = '', text]) => {
  const { code, stderr } = await get(line);
  expect({ code, stderr }).toEqual({ code: 1, stderr: text });
});

test.for([
  ['', 'You must specify the type of resource to get: expected services (svc)'],
  ['svc/redis', "Cannot read 'svc/redis': expected the name apart, as in 'svc redis'"],
  ['secrets', "the server doesn't have a resource type 'secrets': expected services (svc)"],
  ['svc -o json', "Cannot use 'json' for --output: expected wide"],
  ['svc -w --server off', "Cannot use 'off' for --server: expected ADDRESS:PORT"],
  ['svc --admin :1', "Unknown option '--admin': the running server's admin address is given with"],
  ['svc -n A', "Cannot use 'A' for --namespace"],
  ['svc,po -w', 'you may only specify a single resource type with --watch'],
  ['svc web -A', 'a resource cannot be retrieved by name across all namespaces'],
  ['svc --server :1 --manifests k8s', '--server asks a server, and --manifests asks none'],
])('get %s is wrong usage', async ([line = '', text = '']) => {
  const { code, stderr } = await get(line);
  expect(stderr).toContain(text);
  expect(code).toBe(2);
});

describe('another program at the admin address', () => {
  async function other(status: number, body: string): Promise<string> {
    const server = http.createServer((_, response) => response.writeHead(status).end(body));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.for([
    [
      404,
      'no such page\nat all',
      / said 404 'no such page': expected the admin server of svcdns\n$/,
    ],
    [200, '<html>', / is not the admin server of svcdns\n$/],
    [
      200,
      '{"revision":"1","page":{"columns":[1],"rows":[]}}',
      / is not the admin server of svcdns\n$/,
    ],
    [503, 'Busy reading: try again\n', /: Busy reading: try again\n$/],
  ] as const)('that says %d %s is an error when it was named', async ([status, body, text]) => {
    const { code, stderr } = await get(`svc --server ${await other(status, body)}`);
    expect(stderr).toMatch(text);
    expect(code).toBe(1);
  });

  test('is left alone at the address of the settings', async () => {
    const env = { SVCDNS_ADMIN: await other(404, ''), SVCDNS_MANIFESTS: 'k8s' };
    const { code, stdout, stderr } = await get('svc', env);
    expect(stderr).toMatch(/^No server of svcdns at .*: the manifests are read instead\n$/);
    expect(stdout).toMatch(/^NAME .*\nlb .*\n$/);
    expect(code).toBe(0);
  });
});
