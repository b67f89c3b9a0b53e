import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { earlierTime } from '../../../src/cli/explain/earlier.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { TestIo } from '../test-io.ts';

describe('a time that has passed', () => {
  const local = (...parts: [number, number, number, number, number, number]) =>
    Math.floor(new Date(...parts).getTime() / 1000);
  const now = local(2026, 10, 29, 14, 30, 0);

  test.for([
    ['14:03', local(2026, 10, 29, 14, 3, 0)],
    ['14:03:09', local(2026, 10, 29, 14, 3, 9)],
    ['23:59', local(2026, 10, 28, 23, 59, 0)], // not yet today
    ['9:05', local(2026, 10, 29, 9, 5, 0)],
    ['2026-11-01T12:00:00Z', 1_793_534_400],
    ['2026-11-01T12:00+01:00', 1_793_530_800],
    ['24:00', undefined],
    ['14:60', undefined],
    ['14', undefined],
    ['2026-13-01T00:00Z', undefined],
    ['2036-11-01T12:00:00Z', undefined], // has not passed
    ['', undefined],
    ['yesterday', undefined],
  ] as const)('%s', ([text, seconds]) => {
    expect(earlierTime(text, now)).toBe(seconds);
  });
});

const WEB = 'web.shop.svc.cluster.local.';
const REMEMBERED: Readonly<Record<string, object>> = {
  [WEB]: {
    records: [
      { record: `${WEB} 5 IN A 10.96.3.4`, places: ['shop.yaml:12:1'] },
      { record: `${WEB} 5 IN AAAA fd00::4`, places: [] },
    ],
    isComplete: true,
  },
  'old.': { records: [], isComplete: false },
  'older.': { records: [{ record: 'older. 5 IN A 10.0.0.1', places: [] }], isComplete: false },
};

/** An admin server that knows the domains of the search list, and what names had. */
const server = createServer(({ url = '' }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const name = searchParams.get('name') ?? '';
  const isSearched = !name.endsWith('.');
  const domains = isSearched ? ['default.svc.cluster.local', 'svc.cluster.local'] : [];
  const earlier = REMEMBERED[name] ?? { records: [], isComplete: true };
  const answer =
    pathname === '/api/explain'
      ? { reason: { text: 'why' }, steps: [], search: { ndots: 5, domains } }
      : { sources: [{ history: { since: name === 'older.' ? 1_900_000_000 : 0, earlier } }] };
  response.end(JSON.stringify(answer));
});

beforeEach(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
afterEach(() => new Promise<void>((closed) => void server.close(() => closed())));

async function explain(line: string) {
  const { port } = server.address() as AddressInfo;
  const io = new TestIo({ clock: systemClock });
  return io.outcome(`explain --server 127.0.0.1:${port} ${line}`);
}

const AT = '--at 2026-11-01T12:00:00Z';

describe('explain --at', () => {
  test.for([
    [
      'web.shop',
      `web.shop.default.svc.cluster.local. had no records at 2026-11-01T12:00:00.000Z\n${WEB} 5 IN A 10.96.3.4  (shop.yaml:12:1)\n`,
      0,
    ],
    [`${WEB} AAAA`, `${WEB} 5 IN AAAA fd00::4\n`, 0],
    [`${WEB} TXT`, `${WEB} had no TXT records, others only at 2026-11-01T12:00:00.000Z\n`, 1],
    [
      'old.',
      'old. had no records at 2026-11-01T12:00:00.000Z\nwhat changed since is not remembered whole\n',
      1,
    ],
    [
      'older.',
      'older.: not known at 2026-11-01T12:00:00.000Z: the server remembers since 2030-03-17T17:46:40.000Z\n',
      2,
    ],
  ] as const)('of %s', async ([question, stdout, code]) => {
    expect(await explain(`${question} ${AT}`)).toEqual({ code, stdout, stderr: '' });
  });

  test('as JSON', async () => {
    const { stdout } = await explain(`${WEB} ${AT} --format json`);
    const { at, type, names } = JSON.parse(stdout);
    expect({ at, type, name: names[0].name }).toEqual({ at: 1_793_534_400, type: 'A', name: WEB });
  });

  test.for([
    [`web --at tomorrow`, 'Cannot use'],
    [`web ${AT} --manifests k8s`, '--server asks a server'],
  ] as const)('%s is wrong usage', async ([line, message]) => {
    const { code, stderr } = await explain(line);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
