import type { HostNameRules } from '../../src/controllers/hosts/host-rules.ts';
import { keyFromText, type NameKey, textOf } from '../../src/dns/name.ts';
import { NameCompiler } from '../../src/zone/compiler.ts';
import { ExtraNames } from '../../src/zone/extra-names.ts';
import { GatewayRule } from '../../src/zone/gateway.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import type { GatewayOptions } from '../../src/zone/options.ts';
import { Cluster } from '../controllers/cluster-of.ts';
import { RULES } from '../controllers/hosts/host-text.ts';
import type { ViewChanges } from '../controllers/view-changes.ts';
import { asChange, ZONE_OPTIONS } from '../helpers/in-process.ts';

/** A cluster whose hosts are compiled and published. */
export class GatewayWorld {
  readonly live = new LiveZone(ZONE_OPTIONS);
  readonly names: ExtraNames;
  readonly #cluster = new Cluster();
  readonly #compiler: NameCompiler;
  #serverAddresses: readonly string[] = ['192.0.2.53', '2001:db8::53'];

  constructor(given: Partial<GatewayOptions & HostNameRules> = {}) {
    const options = { ...RULES, apex: 'dns1.kube-system', secondary: '', ...given };
    this.#compiler = new NameCompiler(new GatewayRule(options, this.#cluster.registry));
    this.names = new ExtraNames(this.live, 'gateway', options);
    this.live.isSynced = true;
    this.put('none.yaml', undefined);
  }

  /** Replaces a file, or removes it; the names that changed, in order. */
  put(file: string, text: string | undefined): string[] {
    return this.#update(this.#cluster.take(file, text));
  }

  /** Other addresses to listen on. */
  listen(...addresses: string[]): string[] {
    this.#serverAddresses = addresses;
    return this.#update({ views: [], gone: [] });
  }

  /** The published name that a question is answered with; undefined when there is none. */
  find(text: string): string | undefined {
    const key = keyFromText(text);
    const zone = this.names.zoneOf(key);
    const name = zone && this.names.find(key, zone);
    return name && textOf(name.key);
  }

  #update(news: ViewChanges): string[] {
    const changes = this.#compiler.update({ ...news, serverAddresses: this.#serverAddresses });
    this.live.apply(asChange(changes), 1_700_000_000);
    return [...changes.keys()].map((place) => textOf(place.slice(1) as NameKey)).sort();
  }
}
