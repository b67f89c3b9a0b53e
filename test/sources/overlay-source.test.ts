import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { OverlaySource } from '../../src/sources/overlay-source.ts';
import type { Source, SourceChange, SourceEvents } from '../../src/sources/source.ts';

const NOTHING = { put: [], gone: [], named: [], unnamed: [], changedAt: undefined };

/** A source whose changes a test makes. */
class FakeSource implements Source {
  readonly events: SourceEvents;

  constructor(events: SourceEvents) {
    this.events = events;
  }

  start = async () => {};
  stop = async () => {};
  report = () => ({
    files: 0,
    passedOver: [],
    refusedDocuments: 0,
    problems: [],
    held: { services: 0, objects: 0 },
  });

  send(change: Partial<SourceChange>): void {
    this.events.onChange({ ...NOTHING, isSynced: true, ...change });
  }
}

const object = (name: string, file: string) =>
  ({
    kind: 'Service',
    namespace: 'shop',
    name,
    origin: {
      file,
      document: 0,
      line: file.endsWith('yaml') ? 3 : 0,
      column: 1,
      ...(file.endsWith('yaml') ? {} : { resourceVersion: '7' }),
    },
  }) as unknown as KubeObject;

function make() {
  const changes: SourceChange[] = [];
  const made: FakeSource[] = [];
  const fake = (events: SourceEvents) => {
    const one = new FakeSource(events);
    made.push(one);
    return one;
  };
  const source = new OverlaySource(fake, fake, { onChange: (change) => void changes.push(change) });
  const [below, above] = made as [FakeSource, FakeSource];
  const last = () => {
    const { put, gone, isSynced } = changes.at(-1) as SourceChange;
    const puts = put.map(({ name, origin }) => `${name} ${origin.file}`);
    return { put: puts, gone: gone.map(({ name }) => name), isSynced };
  };
  return { source, below, above, last };
}

describe('OverlaySource', () => {
  test('delivers the upper one of two objects, for as long as there is one', () => {
    const { source, below, above, last } = make();
    below.send({ put: [object('api', 'Service shop/api'), object('web', 'Service shop/web')] });
    expect(last()).toEqual({
      put: ['api Service shop/api', 'web Service shop/web'],
      gone: [],
      isSynced: false,
    });
    above.send({ put: [object('api', 'api.yaml')] });
    expect(last()).toEqual({ put: ['api api.yaml'], gone: [], isSynced: true });
    expect(source.report().problems).toMatchObject([
      {
        severity: 'hint',
        code: 'OBJECT_OVERLAID',
        message: 'Service shop/api is laid over that of the cluster (resourceVersion 7)',
        origin: { file: 'api.yaml', line: 3 },
      },
    ]);
    below.send({ put: [object('api', 'Service shop/api')], gone: [object('web', '')] });
    expect(last()).toEqual({ put: [], gone: ['web'], isSynced: true });
    above.send({ gone: [object('api', 'api.yaml')] });
    expect(last()).toEqual({ put: ['api Service shop/api'], gone: [], isSynced: true });
    expect(source.report().problems).toEqual([]);
  });

  test('keeps an upper object when the lower one goes', () => {
    const { below, above, last } = make();
    below.send({ put: [object('api', 'Service shop/api')] });
    above.send({ put: [object('api', 'api.yaml')] });
    below.send({ gone: [object('api', 'Service shop/api')] });
    expect(last()).toEqual({ put: [], gone: [], isSynced: true });
    above.send({ gone: [object('api', 'api.yaml')] });
    expect(last()).toEqual({ put: [], gone: ['api'], isSynced: true });
  });
});
