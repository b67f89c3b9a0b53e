import { expect, test } from 'vitest';
import { historyAnswer } from '../../src/app/history-page.ts';
import { DEFAULT_ZONE } from '../../src/config/settings.ts';

const SOURCE = { manifests: ['k8s'], zone: DEFAULT_ZONE };

/** What the page says, and what the control thread was asked. */
async function page(query: string, text: string | undefined = '{"since":1}') {
  const asked: unknown[] = [];
  const history = async (question: unknown) => {
    asked.push(question);
    return text;
  };
  const set = { source: SOURCE, history };
  const answer = await historyAnswer(new URLSearchParams(query), [set]);
  return { ...answer, asked };
}

test.for([
  ['', { name: undefined, at: undefined }],
  ['name=WEB.shop', { name: 'web.shop.', at: undefined }],
  ['name=web.shop.&at=1700000000', { name: 'web.shop.', at: 1_700_000_000 }],
  ['name=a&at=2023-11-14T22:13:20Z', { name: 'a.', at: 1_700_000_000 }],
  ['name=a&at=2023-11-14T23:13:20%2B01:00', { name: 'a.', at: 1_700_000_000 }],
] as const)('historyAnswer() asks for %s', async ([query, question]) => {
  const { status, body, asked } = await page(query);
  expect([status, asked]).toEqual([200, [question]]);
  expect(JSON.parse(body)).toEqual({
    sources: [{ source: { source: 'k8s', zone: 'cluster.local' }, history: { since: 1 } }],
  });
});

test.for([
  ['nam=a', 'Unknown parameter: expected name, at'],
  ['at=1', 'Expected a name beside at'],
  ['name=a&at=14:03', 'Cannot read at: expected seconds since 1970, or 2026-11-29T14:03:00Z'],
  ['name=a&at=2023-99-14T22:13:20Z', 'Cannot read at: expected seconds since 1970,'],
  ['name=a..b', 'Cannot use an empty label in a name'],
])('historyAnswer() refuses %s', async ([query = '', fault]) => {
  const { status, body, asked } = await page(query);
  expect([status, asked]).toEqual([400, []]);
  expect(JSON.parse(body).error).toContain(fault);
});

test('historyAnswer() says when the control thread is busy', async () => {
  const set = { source: SOURCE, history: async () => undefined };
  expect(await historyAnswer(new URLSearchParams(), [set])).toMatchObject({ status: 503 });
});
