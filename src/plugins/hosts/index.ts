import { Class, ExtendedError, isAddressType, Rcode, Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import { addressRecord, nameRecord, type ResourceRecord } from '../../dns/record.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import { answerReply, errorReply } from '../reply.ts';
import type { WatchedFile } from '../watched-file.ts';
import { NAME } from './flags.ts';
import type { HostsSource } from './source.ts';
import type { HostAddresses } from './table.ts';

export interface HostsOptions {
  readonly zones: readonly NameKey[];
  /** Seconds. */
  readonly ttl: number;
  /** Zones whose missing names go on to the next plugin. */
  readonly fallthrough: readonly NameKey[];
  /** Types that a hosts file cannot have go on to the next plugin, for names that it has too. */
  readonly passesOtherTypes: boolean;
}

/** Answers from a file in the form of /etc/hosts, and from such lines in the Corefile. */
export class Hosts implements Plugin {
  readonly name = NAME;
  readonly #options: HostsOptions;
  readonly #source: HostsSource;
  readonly #file: WatchedFile;

  constructor(options: HostsOptions, source: HostsSource, file: WatchedFile) {
    this.#options = options;
    this.#source = source;
    this.#file = file;
  }

  start(): Promise<void> {
    return this.#file.start();
  }

  async stop(): Promise<void> {
    this.#file.stop();
  }

  keep(): unknown {
    return this.#source.keep();
  }

  claims({ qclass, type, key }: Pick<Request, 'key' | 'type' | 'qclass'>): boolean {
    if (qclass !== Class.IN) return false;
    const { table } = this.#source;
    if (type === Type.PTR) return table.pointersOf(key).length > 0;
    const { zones, fallthrough, passesOtherTypes } = this.#options;
    if (!isInAny(key, zones)) return false;
    if (table.find(key) === undefined) return !isInAny(key, fallthrough);
    return isAddressType(type) || !passesOtherTypes;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    if (request.qclass !== Class.IN) return next(request);
    if (request.type === Type.PTR) return this.#pointers(request, next);
    const { zones, fallthrough, passesOtherTypes } = this.#options;
    if (!isInAny(request.key, zones)) return next(request);
    const host = this.#source.table.find(request.key);
    if (host !== undefined) {
      const hasType = isAddressType(request.type);
      if (!hasType && passesOtherTypes) return next(request);
      return answerReply(NAME, this.#addresses(request, host));
    }
    if (isInAny(request.key, fallthrough)) return next(request);
    // The top of a zone exists, and has no such record: its parent asks us for none (RFC 4035
    // section 3.1.4.1).
    if (request.type === Type.DS && zones.includes(request.key)) return answerReply(NAME, []);
    // A file is no zone: without a SOA record there is no NXDOMAIN that could be cached (RFC 2308
    // section 3).
    const text = 'no such name in the hosts file';
    return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.OTHER, text);
  }

  /** Addresses have names in whatever zone; those that have none here may have one elsewhere. */
  async #pointers(request: Request, next: Next): Promise<Reply> {
    const names = this.#source.table.pointersOf(request.key);
    if (names.length === 0) return next(request);
    const { ttl } = this.#options;
    return answerReply(
      NAME,
      names.map((name) => nameRecord(request.name, Type.PTR, name, ttl)),
    );
  }

  /** No records when the host has none of the type asked for: NODATA. */
  #addresses(request: Request, { v4, v6 }: HostAddresses): ResourceRecord[] {
    const isAsked = (type: number) => request.type === type;
    const addresses = isAsked(Type.A) ? v4 : isAsked(Type.AAAA) ? v6 : [];
    return addresses.map((address) => addressRecord(request.name, address, this.#options.ttl));
  }
}
