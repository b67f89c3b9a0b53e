import { cpSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { dump } from '../../bench/dump.ts';
import { ask } from '../helpers/ask.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { requireTools } from './tools.ts';

// The page in Debian's Chromium. With SVCDNS_SCREENSHOTS=1 it writes the pictures of the README.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAKES_SCREENSHOTS = process.env['SVCDNS_SCREENSHOTS'] === '1';

let browser: Browser;
let folder: TempFolder;
let server: ServeProcess;
let base: string;

/** What went wrong in the browser, and what it requested from elsewhere. */
const faults: string[] = [];

beforeAll(async () => {
  requireTools('chromium');
  folder = new TempFolder();
  cpSync(`${ROOT}/zones`, folder.at('zones'), { recursive: true });
  ({ server, base } = await serving(folder));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', chromiumSandbox: false });
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
  folder?.dispose();
});

afterEach(() => {
  expect(faults.splice(0)).toEqual([]);
});

async function serving(of: TempFolder) {
  const args =
    '--listen 127.0.0.1:0 --admin 127.0.0.1:0 --forward off --state off --manifests zones';
  const started = new ServeProcess(args.split(' '), [], {}, undefined, of.path);
  await started.until(() => started.printed.includes('Try: dig'), 'start-up text');
  const at = /^Admin: (http:\/\/[\d.:]+)\//m.exec(started.printed)?.[1] ?? '';
  return { server: started, base: at };
}

type View = Partial<{ width: number; height: number; colorScheme: 'light' | 'dark'; of: string }>;

async function opened(hash: string, view: View = {}): Promise<Page> {
  const { width = 1200, height = 720, colorScheme = 'light', of = base } = view;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  onTestFinished(() => page.close());
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(of) && !url.startsWith('data:')) faults.push(`requested ${url}`);
  });
  await page.goto(`${of}/#${hash}`);
  await page.getByRole('banner').getByText('ready').waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (TAKES_SCREENSHOTS) await page.screenshot({ path: `${ROOT}/docs/${name}.png` });
}

describe('names', () => {
  test('are searched as one types, and lead to the tree behind them', async () => {
    const page = await opened('names');
    await page.keyboard.press('/');
    await page.keyboard.type('web.sh');
    await expect.poll(() => page.getByRole('listitem').count()).toBe(1);
    await page.getByRole('button', { name: /^web\.shop/ }).click();
    const details = page.getByRole('region', { name: 'web.shop' });
    await details.getByText('zones/shop.yaml:', { exact: false }).first().waitFor();
    expect(await details.getByRole('img', { name: 'ready' }).count()).toBeGreaterThan(0);
    await details.getByRole('link', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'web.shop A' }).waitFor();
  });

  test('are filtered by namespace and kind', async () => {
    const page = await opened('names');
    await page.getByLabel('Namespace').selectOption('shop');
    await page.getByLabel('Kind').selectOption('Headless');
    await expect.poll(() => page.getByRole('listitem').allInnerTexts()).toHaveLength(1);
    expect(await page.getByRole('listitem').innerText()).toContain('db.shop');
  });

  test('are walked through with the keyboard', async () => {
    const page = await opened('names');
    const row = (at: number) => page.locator(`[data-row="${at}"]`);
    await row(0).focus();
    for (let at = 0; at < 25; at++) await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('[data-row="25"]:focus').count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Close' }).click();
  });

  test('of 10,000 Services are scrolled through, with few of them in the document', async () => {
    const large = new TempFolder();
    onTestFinished(() => large.dispose());
    large.write('zones/all.yaml', dump({ services: 10_000, endpoints: 0, form: 'documents' }));
    const other = await serving(large);
    onTestFinished(() => other.server.kill());
    const page = await opened('names', { of: other.base });
    const total = page.getByText(/^10,\d{3} names$/);
    await total.waitFor();
    const rows = page.locator('.rows');
    let most = 0;
    for (const part of [0.1, 0.25, 0.5, 0.75, 0.99, 1]) {
      await rows.evaluate((box, where) => {
        box.scrollTop = where * (box.scrollHeight - box.clientHeight);
      }, part);
      await expect.poll(() => page.locator('.waiting').count()).toBe(0);
      most = Math.max(most, await page.locator('main *').count());
    }
    const items = page.getByRole('listitem');
    const last = async () => {
      const [at, of] = ['aria-posinset', 'aria-setsize'];
      return [await items.last().getAttribute(at), await items.last().getAttribute(of)];
    };
    await expect.poll(last).toEqual(['10000', '10000']);
    // Seven elements a row, some forty rows.
    expect(most).toBeLessThan(600);
  });
});

test('explain tells of a name that does not exist what is nearest, step by step', async () => {
  const page = await opened('explain?name=wbe.shop&from=default');
  await page.getByText('did you mean web?', { exact: false }).first().waitFor();
  expect(await page.locator('.steps > li').count()).toBe(4);
  await picture(page, 'page-explain');
});

test('a file that is edited is seen live, record by record, and so are queries when wanted', async () => {
  const page = await opened('live');
  await page.getByText('following').waitFor();
  folder.write(
    'zones/new.yaml',
    'apiVersion: v1\nkind: Service\nmetadata: { name: news, namespace: shop }\n' +
      'spec: { clusterIP: 10.96.77.7, ports: [{ port: 80 }] }\n',
  );
  await page.getByText('+ news.shop.svc.cluster.local.', { exact: false }).first().waitFor();
  await page.getByText('Waiting for a query.').waitFor({ state: 'hidden' });
  await page.getByLabel('show up to 10 a second').check();
  await page.getByText('Waiting for a query.').waitFor();
  const [, port = ''] = /127\.0\.0\.1:(\d+) \(UDP/.exec(server.printed) ?? [];
  await expect
    .poll(async () => {
      await ask({ address: '127.0.0.1', port: Number(port) }, 'gone.shop.svc.cluster.local.', 'A');
      return page.getByRole('cell', { name: 'gone.shop.svc.cluster.local.' }).count();
    })
    .toBeGreaterThan(0);
  await page.getByRole('link', { name: 'Traffic' }).click();
  await page.getByText('gone.shop.svc.cluster.local.').waitFor();
});

describe('axe-core finds nothing serious', () => {
  const hashes = ['names', 'explain?name=wbe.shop', 'problems', 'live', 'traffic'];
  const looks = [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', width: 390, height: 760 },
  ] as const;

  test.for(hashes.flatMap((hash) => looks.map((look) => [hash, look] as const)))(
    'in %s, %j',
    async ([hash, look]) => {
      const page = await opened(hash, look);
      await page.getByText('Loading…').waitFor({ state: 'hidden' });
      if (hash === 'names') {
        await page.getByRole('button', { name: /^clusterip-service/ }).click();
        await page.getByRole('img', { name: 'not ready' }).waitFor();
        if (look.colorScheme === 'dark') await picture(page, 'page-names');
      }
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: Found[] }> };
        };
        return (await axe.run()).violations;
      });
      const serious = found.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    },
  );
});

/** A rule of axe-core that something does not keep. */
interface Found {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}
