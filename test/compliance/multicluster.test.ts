import { describe, expect, test } from 'vitest';
import { typeCode } from '../../src/dns/codes.ts';
import { Cluster } from '../controllers/cluster-of.ts';
import type { Ask } from '../helpers/asks.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { asChange, InProcessServer } from '../helpers/in-process.ts';
import { packet } from '../helpers/packet.ts';
import { replyText } from '../helpers/reply-text.ts';
import { comparable } from '../model/compare.ts';
import { SERVER_ADDRESSES } from './matrix.ts';
import { multicluster } from './tables/multicluster.ts';

describe.for(multicluster)('$title', ({ zones, block, manifests, asks }) => {
  const cluster = new Cluster({ 'table.yaml': manifests });
  const server = new InProcessServer(blockOptions(zones, block), cluster.registry);
  const views = cluster.registry.namespaces().map((name) => cluster.view(name));
  server.load(views, SERVER_ADDRESSES);

  test.for(asks)('$name $type', (ask: Ask) => {
    const query = packet({ name: ask.name, type: typeCode(ask.type)!, opt: {} });
    expect(comparable(replyText(server.answer(query)))).toEqual(comparable(ask));
  });
});

describe('a ServiceImport that changes', () => {
  const text = (name: string, ip: string) => `apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: { namespace: shop, name: ${name} }
spec: { type: ClusterSetIP, ips: [${ip}], ports: [{ port: 80, protocol: TCP }] }
`;
  const cluster = new Cluster({ 'a.yaml': text('a', '10.0.0.1'), 'b.yaml': text('b', '10.0.0.2') });
  const options = blockOptions(['clusterset.local'], ['multicluster clusterset.local']);
  const server = new InProcessServer(options, cluster.registry);
  server.load([cluster.view('shop')]);
  const answer = (name: string) => {
    const query = packet({ name: `${name}.shop.svc.clusterset.local`, type: 1 });
    return replyText(server.answer(query)).answer.map((record) => record.split(' ').at(-1));
  };

  /** Takes what changed, and nothing else. */
  const put = (file: string, changed: string | undefined) => {
    const change = cluster.take(file, changed);
    const changes = server.compiler.update({ ...change, serverAddresses: [] });
    server.live.apply(asChange(changes), 1_700_000_000);
  };

  test('is answered as it is now, and not when it is gone', () => {
    expect([answer('a'), answer('b')]).toEqual([['10.0.0.1'], ['10.0.0.2']]);
    put('a.yaml', text('a', '10.0.0.7'));
    put('b.yaml', undefined);
    expect([answer('a'), answer('b')]).toEqual([['10.0.0.7'], []]);
    put('a.yaml', undefined);
    expect(answer('a')).toEqual([]);
  });
});
