import { describe, expect, test } from 'vitest';
import { ProgrammingTimes } from '../../../src/control/publish/programmed.ts';
import { FilePlane } from '../file-plane.ts';

const WEB = service('web', 'clusterIP: 10.96.0.7');
const DB = service('db', 'clusterIP: None, selector: { app: db }');
const POD = `{apiVersion: v1, kind: Pod, metadata: {name: db-0, namespace: shop, labels: {app: db}},
  status: {podIP: 10.0.0.5, phase: Running, conditions: [{type: Ready, status: "True"}]}}`;

/** What one look at the folder after the other changes, in Services of each kind. */
function changes(...looks: readonly Record<string, string | undefined>[]): string[] {
  const plane = new FilePlane({ holdDeletions: false });
  return looks.map((files) => {
    plane.put(files);
    const { cluster_ip, headless_with_selector } = plane.control.changed;
    return `${cluster_ip} ${headless_with_selector}`;
  });
}

describe('ControlPlane.changed', () => {
  test.for([
    ['a new Service', [{ a: WEB }], '1 0'],
    ['the same Service again', [{ a: WEB }, { a: WEB }], '0 0'],
    ['another address', [{ a: WEB }, { a: WEB.replace('0.7', '0.8') }], '1 0'],
    [
      'a Service beside one that stays',
      [{ a: WEB }, { b: service('x', 'clusterIP: 10.96.0.9') }],
      '1 0',
    ],
    ['a new endpoint of a headless Service', [{ a: DB }, { b: POD }], '0 1'],
    ['a Pod of no Service', [{ a: WEB }, { b: POD }], '0 0'],
    ['a headless Service without a selector', [{ a: service('x', 'clusterIP: None') }], '0 0'],
    [
      'an ExternalName',
      [{ a: service('x', 'type: ExternalName, externalName: example.com') }],
      '0 0',
    ],
    ['a Service that is gone', [{ a: WEB, b: DB }, { a: undefined }], '0 0'],
  ] as const)('counts %s', ([, looks, last]) => {
    expect(changes(...looks).at(-1)).toBe(last);
  });
});

describe('ProgrammingTimes', () => {
  const ONE = { cluster_ip: 1, headless_with_selector: 0 };

  test('measures from the change to the publication', () => {
    const times = new ProgrammingTimes();
    times.begin(1000, ONE);
    times.begin(1200, ONE);
    expect(times.end(1500)).toEqual([
      { services: ONE, seconds: 0.5 },
      { services: ONE, seconds: 0.3 },
    ]);
    expect(times.end(1600)).toEqual([]);
  });

  test('leaves out a change that no Service had a part in', () => {
    const times = new ProgrammingTimes();
    times.begin(1000, { cluster_ip: 0, headless_with_selector: 0 });
    expect(times.end(1500)).toEqual([]);
  });

  test('never says less than nothing when the clock of the file system is ahead', () => {
    const times = new ProgrammingTimes();
    times.begin(2000, ONE);
    expect(times.end(1500)).toEqual([{ services: ONE, seconds: 0 }]);
  });

  test('keeps a hundred changes apart, and counts those beyond with the last', () => {
    const times = new ProgrammingTimes();
    for (let i = 0; i < 1000; i++) times.begin(i, ONE);
    const ended = times.end(1000);
    expect(ended).toHaveLength(100);
    expect(ended.reduce((sum, { services }) => sum + services.cluster_ip, 0)).toBe(1000);
  });
});

function service(name: string, spec: string): string {
  return `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: shop}, spec: {ports: [{port: 80}], ${spec}}}`;
}
