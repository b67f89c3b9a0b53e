import { nameSources } from '../config/name-sources.ts';
import type { NamesPage } from '../control/listing/browse.ts';
import { addressText } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { traceQuestion } from '../server/answer/trace.ts';
import { hostKey } from '../zone/names.ts';
import type { Configuration } from './configuration.ts';

/** Services that are asked for, in the order of their names. */
const MAX_SERVICES = 100;

/**
 * Which Services have these addresses behind them, by address: `Service shop/web`. Only where
 * endpoints are known by the names that the engine gives containers (`--endpoints dns`), as in
 * compose: no manifest has their addresses, so the names of Services are asked for, as clients do.
 */
export async function containerOwners(
  addresses: readonly string[],
  { settings, chains, names }: Pick<Configuration, 'settings' | 'chains' | 'names'>,
  now: number,
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  const sources = nameSources(settings).filter(({ zone }) => zone.endpointsDns);
  for (const source of sources) {
    const { zone } = source;
    const set = names.setOf(source);
    const listing = { kind: 'names', search: '', namespace: '', of: '', from: 0 } as const;
    const text = await set.browse({ ...listing, count: MAX_SERVICES });
    const { rows } = JSON.parse(text ?? '{"rows":[]}') as Pick<NamesPage, 'rows'>;
    const services = rows.filter(({ kind }) => kind !== 'Pod' && kind !== 'ExternalName');
    const asker = { client: '127.0.0.1', isOffline: false, now };
    for (const { name, namespace } of services) {
      const asked = hostKey(`${name}.${namespace}.svc.${zone.zones[0]}`);
      if (asked === undefined) continue;
      const question = { name: asked, type: Type.A, ...asker };
      const { answer } = await traceQuestion(chains.tables, question);
      for (const { data } of answer) {
        if (data.kind !== 'address') continue;
        const address = addressText(data.address);
        if (addresses.includes(address)) owners.set(address, `Service ${namespace}/${name}`);
      }
    }
  }
  return owners;
}
