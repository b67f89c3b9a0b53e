import { describe, expect, test } from 'vitest';
import {
  type BrowseQuestion,
  browse,
  type NamesPage,
  type Owners,
  type ServiceTree,
} from '../../../src/control/listing/browse.ts';
import { Cluster } from '../../controllers/cluster-of.ts';
import { pod, service } from '../../registry/load-text.ts';

const READY = '{phase: Running, podIP: 10.244.0.5, conditions: [{type: Ready, status: "True"}]}';
const NOT_READY = '{phase: Running, podIP: 10.244.0.6}';

const cluster = new Cluster({
  'shop.yaml': [
    service('shop/web', '{clusterIP: 10.96.0.20, selector: {app: web}, ports: [{port: 80}]}'),
    service('shop/db', '{clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}]}'),
    service('shop/pay', '{type: ExternalName, externalName: pay.example.com}'),
    pod('shop/web-1', '{app: web}', READY),
    pod('shop/web-2', '{app: web}', NOT_READY),
  ].join(''),
  'bank.yaml': service('bank/web', '{type: NodePort, clusterIP: 10.96.0.21, ports: [{port: 80}]}'),
});
const views = new Map(['shop', 'bank'].map((name) => [name, cluster.view(name)]));

const ALL = { kind: 'names', search: '', namespace: '', of: '', from: 0, count: 100 } as const;

function names(given: Partial<Extract<BrowseQuestion, { kind: 'names' }>>) {
  const { total, rows, namespaces } = browse({ ...ALL, ...given }, views) as NamesPage;
  const texts = rows.map(({ kind, name, namespace, leadsTo, ready, endpoints }) =>
    [kind, `${name}.${namespace}`, leadsTo.join('+'), `${ready}/${endpoints}`].join(' '),
  );
  return { total, texts, namespaces };
}

const LIST = [
  'NodePort web.bank 10.96.0.21 0/0',
  'Headless db.shop  0/0',
  'ExternalName pay.shop pay.example.com 0/0',
  'ClusterIP web.shop 10.96.0.20 1/2',
  'Pod web-1.shop 10.244.0.5 1/1',
  'Pod web-2.shop 10.244.0.6 0/1',
];

describe('browse() for names', () => {
  test.for([
    [{}, LIST],
    [{ search: 'web.' }, [LIST[0], LIST[3]]],
    [{ search: '10.244.0.6' }, [LIST[5]]],
    [{ search: '10.96' }, [LIST[0], LIST[3]]],
    [{ search: 'nothing' }, []],
    [{ namespace: 'bank' }, [LIST[0]]],
    [{ namespace: 'nowhere' }, []],
    [{ of: 'Pod' }, [LIST[4], LIST[5]]],
    [{ of: 'Headless' }, [LIST[1]]],
    [{ of: 'ClusterIP', search: 'shop' }, [LIST[3]]],
  ] as const)('of %j finds what matches', ([given, expected]) => {
    expect(names(given)).toEqual({
      total: expected.length,
      texts: expected,
      namespaces: ['bank', 'shop'],
    });
  });

  test('gives a part, and counts all', () => {
    expect(names({ from: 2, count: 2 })).toMatchObject({ total: 6, texts: LIST.slice(2, 4) });
    expect(names({ from: 99 })).toMatchObject({ total: 6, texts: [] });
  });

  test('gives no more than 200 rows at once, whatever is wanted', () => {
    const many = Array.from({ length: 300 }, (_, at) => service(`many/s${at}`));
    const large = new Cluster({ 'many.yaml': many.join('') });
    const question = { ...ALL, count: 5000 };
    const page = browse(question, new Map([['many', large.view('many')]])) as NamesPage;
    expect([page.total, page.rows.length]).toEqual([300, 200]);
  });
});

describe('browse() for a Service', () => {
  test('shows its slices and their Pods, with where each is written', () => {
    const question = { kind: 'service', namespace: 'shop', name: 'web' } as const;
    const tree = browse(question, views) as ServiceTree;
    expect(tree).toMatchObject({
      kind: 'ClusterIP',
      leadsTo: ['10.96.0.20'],
      ports: ['80/TCP'],
      selector: 'app=web',
      origin: 'shop.yaml:2:1',
      ready: 1,
      endpoints: 2,
    });
    const endpoints = tree.slices.flatMap((slice) => slice.endpoints);
    expect(endpoints).toMatchObject([
      { pod: 'web-1', addresses: ['10.244.0.5'], ready: true, status: 'Running' },
      { pod: 'web-2', addresses: ['10.244.0.6'], ready: false, origin: 'shop.yaml:10:1' },
    ]);
  });

  test.for([
    ['shop', 'nothing'],
    ['nowhere', 'web'],
  ] as const)('has nothing of %s/%s', ([namespace, name]) => {
    expect(browse({ kind: 'service', namespace, name }, views)).toBeUndefined();
  });
});

test('browse() for owners finds the Services and Pods of addresses', () => {
  const addresses = ['10.244.0.6', '10.96.0.21', '192.0.2.1'];
  const owners = browse({ kind: 'owners', addresses }, views) as Owners;
  expect(new Map(owners)).toEqual(
    new Map([
      ['10.244.0.6', 'Pod shop/web-2'],
      ['10.96.0.21', 'Service bank/web'],
    ]),
  );
});
