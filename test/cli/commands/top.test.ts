import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Stats } from '../../../src/app/stats.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { freePort } from '../../helpers/free-port.ts';
import { readText } from '../../readme-blocks.ts';
import { fakeServer, replyTo } from '../fake-dns-server.ts';
import { folderWith } from '../folder.ts';
import { TestIo } from '../test-io.ts';

const COUNTS = { servfail: 0, perSecond: 12.34 };
const STATS: Stats = {
  since: '2026-12-01T10:00:00.000Z',
  oneIn: 1,
  all: { ...COUNTS, queries: 2000, nxdomain: 1200, searchList: 1160 },
  searchList: {
    share: 0.58,
    ndots: 2,
    ended: 0.55,
    patch: {
      spec: {
        template: { spec: { dnsConfig: { options: [{ name: 'ndots', value: '2' }] } } },
      },
    },
  },
  clients: [
    {
      ...COUNTS,
      address: '10.244.0.5',
      object: null,
      name: 'web-0.web.shop.svc.cluster.local.',
      namespace: null,
      queries: 1990,
      nxdomain: 1200,
      searchList: 1160,
      since: '2026-12-01T10:00:00.000Z',
      cost: null,
    },
    {
      address: '10.244.0.9',
      object: 'Pod bank/till-0',
      name: null,
      namespace: 'bank',
      queries: 10,
      perSecond: 0.04,
      nxdomain: 0,
      servfail: 1,
      searchList: 0,
      since: '2026-12-01T10:00:00.000Z',
      cost: null,
    },
  ],
  missing: [
    {
      name: 'api.example.com.shop.svc.cluster.local.',
      queries: 1160,
      perSecond: 7,
      client: '10.244.0.5',
      searchedFor: 'api.example.com.',
    },
  ],
};

const TEXT = `svcdns top  PLACE  12 queries a second
2,000 since 2026-12-01T10:00:00Z  NXDOMAIN 60 %  SERVFAIL -  search list 58 %

CLIENT                                        QUERIES/S  NXDOMAIN  SEARCH LIST  SERVFAIL  QUERIES
10.244.0.5 web-0.web.shop.svc.cluster.local.         12      60 %         58 %         -    1,990
10.244.0.9 Pod bank/till-0                          0.0         -            -      10 %       10

NAME THAT DOES NOT EXIST                 QUERIES/S  QUERIES  LAST CLIENT  SEARCHED FOR
api.example.com.shop.svc.cluster.local.        7.0    1,160  10.244.0.5   api.example.com.

58 % of all queries are search-list steps that find nothing. ndots: 2 in the Pods that ask them ends 55 %:
kubectl patch deployment NAME --patch '{"spec":{"template":{"spec":{"dnsConfig":{"options":[{"name":"ndots","value":"2"}]}}}}}'
`;

/** The same on a terminal of 60 columns. */
const NARROW = `svcdns top  PLACE  12 queries a second
2,000 since 2026-12-01T10:00:00Z  NXDOMAIN 60 %  SERVFAIL -…

CLIENT                      QUERIES/S  NXDOMAIN  SEARCH LIST
10.244.0.5 web-0.web.shop…         12      60 %         58 %
10.244.0.9 Pod bank/till-0        0.0         -            -

NAME THAT DOES NOT EXIST     QUERIES/S  QUERIES  LAST CLIENT
api.example.com.shop.svc.c…        7.0    1,160  10.244.0.5

58 % of all queries are search-list steps that find nothing.
 ndots: 2 in the Pods that ask them ends 55 %:
kubectl patch deployment NAME --patch '{"spec":{"template":{
"spec":{"dnsConfig":{"options":[{"name":"ndots","value":"2"}
]}}}}}'
`;

test('docs/operations.md shows what is printed', () => {
  const shown = TEXT.replace('PLACE', 'http://127.0.0.1:8053');
  expect(readText('docs/operations.md')).toContain(`\n\`\`\`\n${shown}\`\`\`\n`);
});

/** Something at an admin address, which says the same to every request. */
async function serving(body: string, status = 200) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { server: `127.0.0.1:${port}`, asked, close: () => server.close() };
}

const io = (parts: ConstructorParameters<typeof TestIo>[0] = {}) =>
  new TestIo({ cwd: folderWith({}), ...parts });

/** A terminal of this size, whose keys are pressed by hand. */
function fakeTerminal(columns: number, rows: number) {
  let press: (key: string) => void = () => {};
  let resized: () => void = () => {};
  const size = { columns, rows, isOpen: false };
  const terminal = Object.assign(size, {
    open: (onKey: (key: string) => void, onResize: () => void) => {
      press = onKey;
      resized = onResize;
      size.isOpen = true;
    },
    close: () => {
      size.isOpen = false;
    },
  });
  return { terminal, press: (key: string) => press(key), resized: () => resized() };
}

describe('svcdns top', () => {
  test('prints once in a pipe', async () => {
    const { server, asked } = await serving(JSON.stringify(STATS));
    const { code, stdout, stderr } = await io().outcome(`top --server ${server}`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.replace(`http://${server}`, 'PLACE')).toBe(TEXT);
    expect(asked).toEqual(['/api/stats?rows=256']);
  });

  test('prints JSON as the server has it', async () => {
    const { server } = await serving(JSON.stringify(STATS));
    const { code, stdout } = await io().outcome(`top --format json --server ${server}`);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(STATS);
  });

  test('says that nothing has been asked yet', async () => {
    const nothing = { queries: 0, perSecond: 0, nxdomain: 0, servfail: 0, searchList: 0 };
    const stats = { ...STATS, all: nothing, searchList: null, clients: [], missing: [] };
    const { server } = await serving(JSON.stringify(stats));
    const { stdout } = await io().outcome(`top --server ${server}`);
    expect(stdout.split('\n').filter((line) => line === 'none')).toHaveLength(2);
  });

  test.for(['q', '\u0003'])('draws each second, and at another size, until %j', async (key) => {
    const { server, asked } = await serving(JSON.stringify(STATS));
    const { terminal, press, resized } = fakeTerminal(60, 15);
    const clock = new FakeClock();
    const world = io({ clock, terminal });
    const outcome = world.outcome(`top --server ${server}`);
    await expect.poll(() => world.out).toContain('\u001b[H');
    expect(terminal.isOpen).toBe(true);
    const [, drawn = ''] = world.out.split('\u001b[H');
    const shown = drawn.replace('\u001b[J', '').replaceAll('\u001b[K', '').replaceAll('\r', '');
    expect(`${shown}\n`.replace(`http://${server}`, 'PLACE')).toBe(NARROW);
    clock.advance(1000);
    await expect.poll(() => asked.length).toBe(2);
    world.out = '';
    Object.assign(terminal, { columns: 120 });
    resized();
    expect(world.out).toContain('10.244.0.5 web-0.web.shop.svc.cluster.local.');
    press(key);
    expect((await outcome).code).toBe(0);
    expect(world.out.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    expect(terminal.isOpen).toBe(false);
  });

  test('gives the terminal back when the server goes', async () => {
    const { server, close } = await serving(JSON.stringify(STATS));
    const { terminal } = fakeTerminal(80, 24);
    const clock = new FakeClock();
    const world = io({ clock, terminal });
    const outcome = world.outcome(`top --server ${server}`);
    await expect.poll(() => world.out).toContain('\u001b[H');
    close();
    await expect.poll(() => clock.timers).toBeGreaterThan(0);
    clock.advance(1000);
    const { code, stderr } = await outcome;
    expect(code).toBe(1);
    expect(stderr).toContain(`svcdns top: No server of svcdns at http://${server}: `);
    expect(terminal.isOpen).toBe(false);
  });

  test.for([
    ['No account is kept of who asks what: --askers off\n', 404, "said 404 'No account is kept of"],
    ['OK', 200, 'is not the admin server of svcdns'],
    ['{"clients":[]}', 200, 'is not the admin server of svcdns'],
    ['Busy', 503, 'Busy'],
  ] as const)('of %j with %d says why there is nothing to show', async ([body, status, why]) => {
    const { server } = await serving(body, status);
    const { code, stdout, stderr } = await io().outcome(`top --server ${server}`);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(why);
  });

  test.for([
    ['--server 127.0.0.1:0', 1, 'The settings name no admin port: expected --server ADDR:PORT'],
    ['--server nowhere', 2, 'nowhere'],
    ['--format yaml', 2, "Cannot use 'yaml' for --format: expected text, json"],
    ['now', 2, "Unexpected argument 'now'"],
  ] as const)('does not take %s', async ([line, code, why]) => {
    const outcome = await io().outcome(`top ${line}`);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(why);
  });

  test.for(['top', 'explain web', 'get svc'])('of the DNS port says so (%s)', async (command) => {
    const { port } = await fakeServer((bytes) => (bytes.includes('HTTP') ? [] : [replyTo(bytes)]));
    const { code, stdout, stderr } = await io().outcome(`${command} --server 127.0.0.1:${port}`);
    expect(stderr).toContain(`127.0.0.1:${port} looks like the DNS port, as DNS is answered there`);
    expect(stderr).toContain(': expected the admin address, 127.0.0.1:8053 unless');
    expect([code > 0, stdout]).toEqual([true, '']);
  });

  test('says where no server is', async () => {
    const server = `127.0.0.1:${freePort()}`;
    const { code, stderr } = await io().outcome(`top --server ${server}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`No server of svcdns at http://${server}`);
  });
});
