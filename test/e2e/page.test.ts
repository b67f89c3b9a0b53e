import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '../../src/app/page/status.ts';
import type { NamesPage, ServiceTree } from '../../src/control/listing/browse.ts';
import { type Server, startServer } from '../../src/index.ts';
import { freePort } from '../helpers/free-port.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// The page's HTTP side; test/system/page.test.ts looks at it in a browser.

const WEB = (address: string) => `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: ${address}, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: shop, labels: { app: web } }
status: { phase: Running, podIP: 10.244.0.5, conditions: [{ type: Ready, status: "True" }] }
`;

let folder: TempFolder;
let server: Server;
const port = freePort();

beforeAll(async () => {
  folder = new TempFolder();
  folder.write('web.yaml', WEB('10.96.0.20'));
  folder.write('broken.yaml', 'kind: [');
  server = await startServer({ manifests: folder.path, admin: `127.0.0.1:${port}` });
});

afterAll(async () => {
  await server?.close();
  folder.dispose();
});

const at = (path: string) => `http://127.0.0.1:${port}${path}`;
const json = async <T>(path: string) => (await (await fetch(at(path))).json()) as T;

describe('the page', () => {
  test('is one file that nothing else can be put into', async () => {
    const response = await fetch(at('/'));
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-/);
    expect(policy).not.toContain('unsafe');
    expect(html.match(/<(script|style)\b/g)).toEqual(['<style', '<script']);
    expect(html).not.toMatch(/<link[^>]*href="(?!data:)|<script[^>]+src|@import|url\(/);
  });

  test('is under 60 KB when compressed', () => {
    expect(gzipSync(readFileSync('dist/page.html')).length).toBeLessThan(60_000);
  });
});

describe('what the page asks for', () => {
  test('/api/status has names, problems with their places, and what is not ready', async () => {
    const status = await json<Status>('/api/status');
    expect(status).toMatchObject({
      notReady: [],
      files: 2,
      zones: expect.arrayContaining(['cluster.local']),
    });
    expect(status.problems[0]).toMatchObject({ severity: 'error' });
    expect(status.problems[0]?.place).toMatch(/broken\.yaml:\d+:\d+$/);
  });

  test.for([
    ['search=web', ['web', 'web-1']],
    ['search=web&kind=Pod', ['web-1']],
    ['search=10.96.0.20', ['web']],
    ['namespace=shop&from=1', ['web-1']],
    ['namespace=nowhere', []],
  ] as const)('/api/names?%s', async ([query, expected]) => {
    const { rows } = await json<NamesPage>(`/api/names?${query}`);
    expect(rows.map(({ name }) => name)).toEqual(expected);
  });

  test.for([
    ['/api/names?kind=Secret', 400],
    ['/api/names?from=-1', 400],
    ['/api/service?namespace=shop&name=db', 404],
    ['/api/other', 404],
  ] as const)('%s is answered with %d', async ([path, status]) => {
    expect((await fetch(at(path))).status).toBe(status);
  });

  test('/api/service has slices and Pods', async () => {
    const tree = await json<ServiceTree>('/api/service?namespace=shop&name=web');
    expect(tree.slices[0]?.endpoints[0]).toMatchObject({ pod: 'web-1', ready: true });
  });

  test('/api/events tells of a file that is edited, record by record', async () => {
    const request = http.get(at('/api/events'), { agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await expect.poll(() => text).toContain('event: open');
    folder.write('web.yaml', WEB('10.96.0.21'));
    await expect.poll(() => text).toContain('event: changed');
    expect(text).toContain('web.shop.svc.cluster.local.');
    expect(text).toContain('10.96.0.21');
    request.destroy();
  });
});
