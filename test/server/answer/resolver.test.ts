import { expect, test } from 'vitest';
import { addressBytes } from '../../../src/dns/address.ts';
import { Type } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { addressRecord, nameRecord } from '../../../src/dns/record.ts';
import { QueryMetrics, ServerLabels } from '../../../src/server/answer/query-metrics.ts';
import { Resolver } from '../../../src/server/answer/resolver.ts';
import { prepareAnswer } from '../../../src/zone/answer.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { encodeQuery } from '../../helpers/query.ts';
import { blockWith, exchanging } from './chain-world.ts';

const WEB = keyFromText('web.shop.svc.cluster.local');
/** Leads to a name that does not exist. */
const ALIAS = keyFromText('alias.shop.svc.cluster.local');

function zoneWithWeb(): LiveZone {
  const live = new LiveZone(ZONE_OPTIONS);
  const record = addressRecord(WEB, addressBytes('10.96.0.7')!, 5);
  const answer = prepareAnswer(WEB, keyFromText('cluster.local'), [record]);
  const alias = prepareAnswer(ALIAS, keyFromText('cluster.local'), [
    nameRecord(ALIAS, Type.CNAME, keyFromText('gone.shop.svc.cluster.local'), 5),
  ]);
  const names = [packName(0, [answer]), packName(0, [alias]), packName(0, [])];
  live.apply({ keys: [WEB, ALIAS, keyFromText('cluster.local')], names, gone: [] }, 1);
  live.isSynced = true;
  return live;
}

test('each reply is counted with its own rcode, whatever was answered before', async () => {
  const shortCut = new Resolver(zoneWithWeb(), { refuseOthers: true });
  const block = blockWith([''], { shortCut, isCounted: true });
  const { give, metrics } = exchanging([block], false, (all) => {
    const counted = new QueryMetrics(all, new ServerLabels([{ address: '', port: 53 }]));
    counted.observe(block, [''], '');
    return { metrics: counted };
  });
  const ask = (name: string, type: 'A' | 'AAAA' | 'SOA') => give(encodeQuery(name, type));
  const counts = async () => {
    const lines = (await metrics.text()).split('\n');
    return lines.flatMap((line) => {
      const found = /^coredns_dns_responses_total\{.*rcode="(\w+)".*\} (\d+)$/.exec(line);
      return found === null ? [] : [`${found[1]} ${found[2]}`];
    });
  };
  ask('no.shop.svc.cluster.local.', 'A');
  ask('web.shop.svc.cluster.local.', 'A');
  expect((await counts()).sort()).toEqual(['NOERROR 1', 'NXDOMAIN 1']);
  ask('no.shop.svc.cluster.local.', 'A');
  ask('web.shop.svc.cluster.local.', 'AAAA');
  ask('www.example.org.', 'A');
  expect((await counts()).sort()).toEqual(['NOERROR 2', 'NXDOMAIN 2', 'REFUSED 1']);
  // A plugin's label is that of who made the reply, and a name of nobody's is refused by none.
  const refused = (await metrics.text()).match(/^coredns_dns_responses_total.*REFUSED.*$/m)?.[0];
  expect(refused).toContain('plugin=""');
  ask('cluster.local.', 'SOA');
  ask('alias.shop.svc.cluster.local.', 'A');
  expect((await counts()).sort()).toEqual(['NOERROR 3', 'NXDOMAIN 3', 'REFUSED 1']);
});
