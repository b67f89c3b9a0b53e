import { describe, expect, test } from 'vitest';
import { ExplainPage } from '../../src/app/explain-page.ts';
import type { ExplainedServer } from '../../src/explain/engine.ts';
import type { TracedQuestion } from '../../src/explain/trace.ts';

/** Where no server block has any name. */
function traced(name: string, type: number): TracedQuestion {
  const question = { key: name, type } as TracedQuestion['question'];
  return {
    question,
    block: undefined,
    plugins: [],
    decided: question,
    published: undefined,
    passed: [],
    rcode: 5,
    isSilent: false,
    plugin: '',
    answer: [],
    authority: [],
    text: '',
  };
}

const nowhere: ExplainedServer = {
  zone: 'cluster.local',
  ask: async (name, type) => traced(name, type),
  objects: async () => undefined,
};

const page = new ExplainPage(() => nowhere);
const get = (query: string) => page.answer(new URLSearchParams(query));

describe('/api/explain', () => {
  test('answers JSON', async () => {
    const { status, type, body } = await get('name=web.shop&type=SRV&from=test');
    expect({ status, type }).toEqual({ status: 200, type: 'application/json' });
    const { question, client, steps, reason } = JSON.parse(body);
    expect({ question, client, reason }).toEqual({
      question: { name: 'web.shop', type: 'SRV' },
      client: { namespace: 'test' },
      reason: { code: 'NO_BLOCK', text: 'no server block of the Corefile has the name' },
    });
    expect(steps.map(({ name }: { name: string }) => name)).toEqual([
      'web.shop.test.svc.cluster.local.',
      'web.shop.svc.cluster.local.',
      'web.shop.cluster.local.',
      'web.shop.',
    ]);
  });

  test.for([
    ['', 'Expected a name: /api/explain?name=web.shop'],
    ['name=', 'Expected a name: /api/explain?name=web.shop'],
    ['name=a..b', 'Cannot explain "a..b": Cannot use an empty label in a name'],
    ['name=web&type=SVR', 'Unknown type "SVR": did you mean SRV?'],
    ['name=web&from=A%2FB', 'Cannot use "A/B": expected a namespace, or the address of a Pod'],
    ['name=web&server=1', 'Unknown parameter: expected name, type, from'],
    [
      `name=${'a.'.repeat(600)}`,
      `Cannot explain "${'a.'.repeat(50)}": Cannot use a name this long`,
    ],
  ] as const)('?%s is a mistake', async ([query, error]) => {
    const { status, body } = await get(query);
    expect({ status, body: JSON.parse(body) }).toEqual({ status: 400, body: { error } });
  });

  test('refuses more than four at a time', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = new ExplainPage(() => ({
      ...nowhere,
      ask: async (name, type) => {
        await held;
        return traced(name, type);
      },
    }));
    const all = Array.from({ length: 5 }, () => slow.answer(new URLSearchParams('name=web.')));
    release();
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200, 503]);
  });
});
