import { describe, expect, test } from 'vitest';
import { typeCode } from '../../src/dns/codes.ts';
import type { Ask } from '../helpers/asks.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import { packet } from '../helpers/packet.ts';
import { replyText } from '../helpers/reply-text.ts';
import { comparable } from '../model/compare.ts';
import { SERVER_ADDRESSES, TABLES } from './matrix.ts';

/** Every table, answered by the query path in process; `e2e` asks the running server the same. */
describe.for(TABLES)('$title', ({ zones, block, manifests, asks }) => {
  const server = new InProcessServer(blockOptions(zones, block));
  server.load(manifestWorld(manifests, SERVER_ADDRESSES).namespaces, SERVER_ADDRESSES);

  test.for(asks)('$name $type', (ask: Ask) => {
    for (const transport of ['udp', 'tcp'] as const) {
      const query = packet({ name: ask.name, type: typeCode(ask.type)!, opt: {} });
      const reply = comparable(replyText(server.answer(query, transport)));
      const right = [ask, ...(ask.alternatives ?? [])].map((choice) => comparable(choice));
      if (!right.some((choice) => JSON.stringify(choice) === JSON.stringify(reply))) {
        expect(reply).toEqual(right[0]);
      }
    }
  });
});
