import { describe, expect, test } from 'vitest';
import { ExtendedError, Rcode } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { PublishedPlugin } from '../../../src/plugins/kubernetes/published-plugin.ts';
import { objectsText } from '../../../src/sources/source-settings.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { question } from '../../helpers/plugin-harness.ts';

const nobody = () => Promise.reject(new Error('nobody is to be asked'));
const cluster = {
  access: { by: 'endpoint', server: 'https://10.96.0.1', tls: undefined },
  limits: { qps: undefined, burst: undefined, maxInFlight: 0 },
  startupTimeoutMs: 0,
} as const;

/** The reply of the chain to a question about the zone of a cluster. */
function replyOf(name: string, prepare: (live: LiveZone) => void) {
  const live = new LiveZone(ZONE_OPTIONS, objectsText({ manifests: [], cluster }));
  prepare(live);
  const world = { names: live, fallthrough: undefined, clock: new FakeClock(), resolve: nobody };
  return new PublishedPlugin('kubernetes', world).serve(question(name), nobody);
}

describe('PublishedPlugin without word from the API server', () => {
  const stale = {
    code: ExtendedError.STALE_ANSWER,
    text: 'as of 2023-11-14T22:13:20.000Z: no word from the API server',
  };

  test.for([
    ['1-2-3-4.shop.pod.cluster.local. A', Rcode.NXDOMAIN],
    ['cluster.local. TXT', Rcode.NOERROR],
    ['cluster.local. SOA', Rcode.NOERROR],
  ] as const)('says of its reply to %s that it may be out of date', async ([name, rcode]) => {
    const reply = await replyOf(name, (live) => {
      live.isSynced = true;
      live.staleSince(1_700_000_000);
      live.apply({ keys: [keyFromText('cluster.local')], names: [packName(0, [])], gone: [] }, 1);
    });
    expect(reply).toMatchObject({ rcode, error: stale });
  });
});

test('PublishedPlugin says whose objects have not been read yet', async () => {
  const reply = await replyOf('web.shop.svc.cluster.local. A', () => {});
  expect(reply.error).toEqual({
    code: ExtendedError.NOT_READY,
    text: 'not all objects of the API server have been read yet',
  });
});

test.for([
  [{ manifests: ['zones'] }, 'manifests'],
  [{ manifests: [], cluster }, 'objects of the API server'],
  [{ manifests: ['zones'], cluster }, 'manifests and objects of the API server'],
] as const)('objectsText(%o) is %s', ([source, text]) => {
  expect(objectsText(source)).toBe(text);
});
