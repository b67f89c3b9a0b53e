import { describe, expect, test } from 'vitest';
import { typeCode } from '../../src/dns/codes.ts';
import type { Ask } from '../helpers/asks.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import { packet } from '../helpers/packet.ts';
import { replyText } from '../helpers/reply-text.ts';
import { readWire } from '../helpers/wire.ts';
import { comparable } from '../model/compare.ts';
import { SERVER_ADDRESSES } from './matrix.ts';
import { endpointModes } from './tables/endpoint-modes.ts';
import { clusterService, manifestFile, sliceText } from './tables/manifest-text.ts';

describe.for(endpointModes)('$title', ({ zones, block, manifests, asks }) => {
  const server = new InProcessServer(blockOptions(zones, block));
  server.load(manifestWorld(manifests, SERVER_ADDRESSES).namespaces, SERVER_ADDRESSES);

  test.for(asks)('$name $type', (ask: Ask) => {
    for (const transport of ['udp', 'tcp'] as const) {
      const query = packet({ name: ask.name, type: typeCode(ask.type)!, opt: {} });
      expect(comparable(replyText(server.answer(query, transport)))).toEqual(comparable(ask));
    }
  });
});

test('clusterip endpoints: ninety endpoints are cut over UDP, with TC, and whole over TCP', () => {
  const endpoints = Array.from({ length: 90 }, (_, at) => `{ addresses: [10.30.1.${at + 1}] }`);
  const manifests = manifestFile(
    clusterService('shop/many', '10.96.20.9', '{ port: 80 }'),
    sliceText('shop/many', endpoints.join(', '), '{ port: 80 }'),
  );
  const server = new InProcessServer({ clusterIpEndpoints: true });
  server.load(manifestWorld(manifests, []).namespaces);
  const query = packet({ name: 'many.shop.svc.cluster.local', type: 1, opt: {} });
  const [udp, tcp] = (['udp', 'tcp'] as const).map((way) => readWire(server.answer(query, way)));
  expect([udp!.flags & 0x0200, udp!.answer.length]).toEqual([0x0200, 0]);
  expect([tcp!.flags & 0x0200, tcp!.answer.length]).toEqual([0, 90]);
});
