import type { ResourceRecord, WireName } from '../../../dns/record.ts';
import type { Reply } from '../../plugin.ts';
import { renamedData, withRecords } from '../../record-names.ts';

/** Spellings of one name kept apart; clients with others get the first client's. */
const MAX_SPELLINGS = 16;

/**
 * An upstream's reply with the question's name in each client's case. Clients with the same case
 * share it: thousands may wait for thousands of records.
 */
export class SpelledReply {
  readonly #reply: Reply;
  readonly #sentName: WireName;
  /** Most replies have one client. */
  #firstName: WireName | undefined;
  #first: Reply | undefined;
  #others: Map<WireName, Reply> | undefined;

  /** `sentName`: the question's name in the case that the upstream was sent. */
  constructor(reply: Reply, sentName: WireName) {
    this.#reply = reply;
    this.#sentName = sentName;
  }

  in(name: WireName): Reply {
    if (this.#first !== undefined && name === this.#firstName) return this.#first;
    const known = this.#others?.get(name);
    if (known !== undefined) return known;
    if (this.#first !== undefined && (this.#others?.size ?? 0) >= MAX_SPELLINGS - 1) {
      return this.#first;
    }
    const reply = withRecords(this.#reply, (record) => respelled(record, this.#sentName, name));
    if (this.#first === undefined) {
      this.#firstName = name;
      this.#first = reply;
    } else {
      this.#others ??= new Map();
      this.#others.set(name, reply);
    }
    return reply;
  }
}

/**
 * The record with the letters of `from`, wherever it has them, replaced by those of `to`: the same
 * name in another spelling. An upstream's reply points into the question it was sent, so its
 * owners, and the ends of its other names, come back in the case that was sent.
 */
function respelled(record: ResourceRecord, from: WireName, to: WireName): ResourceRecord {
  if (from === to) return record;
  const respell = (name: WireName) => respelledName(name, from, to);
  const data = renamedData(record.data, respell);
  const owner = record.owner === from ? to : respell(record.owner);
  const { type, ttl, class: code } = record;
  return code === undefined ? { owner, type, ttl, data } : { owner, type, ttl, data, class: code };
}

/** Replaces the longest end of `name`, in whole labels, that is also an end of `from`. */
function respelledName(name: WireName, from: WireName, to: WireName): WireName {
  for (let at = 0; at < name.length; at += 1 + name.charCodeAt(at)) {
    const shared = name.length - at;
    if (!from.endsWith(name.slice(at)) || !startsLabel(from, from.length - shared)) continue;
    return name.slice(0, at) + to.slice(to.length - shared);
  }
  return name;
}

function startsLabel(name: WireName, offset: number): boolean {
  let at = 0;
  while (at < offset) at += 1 + name.charCodeAt(at);
  return at === offset;
}
