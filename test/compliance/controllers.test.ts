import { describe, expect, test } from 'vitest';
import { PodSimulator } from '../../src/controllers/simulation/simulated-pods.ts';
import { typeCode } from '../../src/dns/codes.ts';
import { Cluster } from '../controllers/cluster-of.ts';
import type { Ask } from '../helpers/asks.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { packet } from '../helpers/packet.ts';
import { replyText } from '../helpers/reply-text.ts';
import { comparable } from '../model/compare.ts';
import { SERVER_ADDRESSES } from './matrix.ts';
import { CONTROLLER_TABLES } from './tables/controllers.ts';

/** The tables that need controllers, answered by the query path in process. */
describe.for(CONTROLLER_TABLES)('$title', ({ zones, block, manifests, asks }) => {
  const options = blockOptions(zones, block);
  const simulator = new PodSimulator(options.simulatedPods);
  const cluster = new Cluster({ 'table.yaml': manifests }, undefined, simulator);
  const server = new InProcessServer(options);
  const views = cluster.registry.namespaces().map((name) => cluster.view(name));
  server.load(views, SERVER_ADDRESSES);

  test.for(asks)('$name $type', (ask: Ask) => {
    const query = packet({ name: ask.name, type: typeCode(ask.type)!, opt: {} });
    expect(comparable(replyText(server.answer(query)))).toEqual(comparable(ask));
  });
});
