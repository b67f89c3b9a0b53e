import { beforeEach, expect, test } from 'vitest';
import { ControlPlane } from '../../src/control/control-plane.ts';
import { Summaries } from '../../src/control/summaries.ts';
import type { ControlSummary } from '../../src/control/summary.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import type { SourceReport } from '../../src/sources/source.ts';
import type { Pieces } from '../../src/support/pieces.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';
import { loadText, service, slice } from '../registry/load-text.ts';

const REPORT: SourceReport = {
  files: 0,
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
  held: { services: 0, objects: 0 },
};

const ENDPOINT = 'addressType: IPv4, endpoints: [{addresses: [10.1.0.1]}], ports: [{port: 80}]';

/** A plane with so many Services in one namespace, each with an endpoint. */
function planeOf(size: number): ControlPlane {
  const plane = new ControlPlane({ zone: ZONE_OPTIONS, serverAddresses: [] });
  const text = service('shop/web', '{clusterIP: None}') + slice('shop/web', 'web', ENDPOINT);
  const objects = loadText('a.yaml', text).flatMap((document) => document.objects);
  const put = Array.from({ length: size }, (_, at) => `web-${at}`).flatMap((name) =>
    objects.map((one) => ({ ...one, name, ...('serviceName' in one && { serviceName: name }) })),
  ) as KubeObject[];
  plane.take({ put, gone: [], named: [], unnamed: [] });
  return plane;
}

function take(plane: ControlPlane, text: string): void {
  const put = loadText('a.yaml', text).flatMap(({ objects }) => objects);
  plane.take({ put, gone: [], named: [], unnamed: [] });
}

let clock: FakeClock;
let begun: number;
let made: ControlSummary[];

beforeEach(() => {
  clock = new FakeClock();
  begun = 0;
  made = [];
});

/** Each piece takes `ms`; `meanwhile` is called in the middle of each summary. */
function summaries(plane: ControlPlane, ms: number, meanwhile: () => void = () => {}): Summaries {
  let busy = 0;
  function* slowly(work: Pieces<ControlSummary>): Pieces<ControlSummary> {
    begun++;
    for (let count = 0; ; count++) {
      const step = work.next();
      busy += ms;
      if (step.done === true) return step.value;
      if (count === 2) meanwhile();
      yield;
    }
  }
  return new Summaries({
    plane: {
      summary: (report) => plane.summary(report),
      summarize: (report) => slowly(plane.summarize(report)),
    },
    source: { report: () => REPORT },
    clock: {
      now: () => clock.now() + busy,
      wallSeconds: () => clock.wallSeconds(),
      setTimeout: (callback, after) => clock.setTimeout(callback, after),
    },
    onSummary: (summary) => void made.push(summary),
  });
}

const headless = () => made.map(({ namespaces }) => namespaces[0]?.headless);

test('the first summary is there at once, others a second after a change', () => {
  const all = summaries(planeOf(1), 0);
  all.now();
  expect(headless()).toEqual([1]);
  for (let change = 0; change < 100; change++) all.later();
  clock.advance(999);
  expect(headless()).toEqual([1]);
  clock.advance(1);
  clock.advance(60_000);
  expect(headless()).toEqual([1, 1]);
});

test('while it is made piece by piece, others have their turn, and it is the same', () => {
  const plane = planeOf(100);
  const all = summaries(plane, 10);
  all.later();
  let turns = 0;
  const other = () => {
    turns++;
    if (made.length === 0) clock.setTimeout(other, 0);
  };
  clock.setTimeout(other, 1000);
  clock.advance(1000);
  expect(made).toEqual([plane.summary(REPORT)]);
  expect(turns).toBeGreaterThan(10);
});

test('what changes while a summary is made is in the next one, and none are made side by side', () => {
  const plane = planeOf(100);
  let changes = 0;
  const all = summaries(plane, 10, () => {
    if (changes++ > 0) return;
    take(plane, service('shop/new', '{clusterIP: None}'));
    for (let change = 0; change < 100; change++) all.later();
  });
  all.later();
  clock.advance(1000);
  expect([begun, ...headless()]).toEqual([1, 100]);
  clock.advance(60_000);
  expect([begun, ...headless()]).toEqual([2, 100, 101]);
});

test('a summary that takes long is made less often: a hundredth of the time', () => {
  const plane = planeOf(1);
  const all = summaries(plane, 30);
  all.later();
  clock.advance(1000);
  const { length } = [...plane.summarize(REPORT)];
  all.later();
  clock.advance((length + 1) * 30 * 100 - 1);
  expect(begun).toBe(1);
  clock.advance(1);
  expect(begun).toBe(2);
});

test('after a pause a summary that takes long is there a second after a change too', () => {
  const all = summaries(planeOf(1), 30);
  all.later();
  clock.advance(3_600_000);
  all.later();
  clock.advance(999);
  expect(begun).toBe(1);
  clock.advance(1);
  expect(begun).toBe(2);
});

test('each piece of a summary looks at 500 Services at most', () => {
  const [one, two] = [500, 501].map((size) => [...planeOf(size).summarize(REPORT)].length);
  expect(two! - one!).toBeGreaterThanOrEqual(5);
});
