import { Rcode, Type } from '../dns/codes.ts';
import { keyOfWire } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { type CompiledName, recordsOf } from './answer.ts';
import type { ServedZone } from './apex.ts';
import type { Lookup } from './lookup.ts';
import type { SideZone } from './side-table.ts';

/**
 * What a name of a side table that exists says to a question; `shown` is the name in the client's
 * letters. Whatever a CNAME leads to is for the caller to ask.
 */
export function lookUpSide(
  shown: string,
  name: CompiledName,
  type: number,
  side: SideZone,
): Lookup {
  const { hosts } = name;
  const own = ownRecords(shown, name, type, side);
  if (hosts === undefined || (type !== Type.A && type !== Type.AAAA)) return own;
  return { ...own, hosts: { owner: shown, names: hosts } };
}

function ownRecords(shown: string, name: CompiledName, type: number, side: SideZone): Lookup {
  const zone = side.zones[name.zone] as ServedZone;
  if (type === Type.SOA && name.key === zone.key) {
    return positive([{ ...side.soa.record(zone.key, side.serial), owner: shown }]);
  }
  // RFC 8482 section 4.1: a responder may answer ANY with one RRset of its choice.
  const prepared = name.answers.find(
    (one) => one.type === type || one.type === Type.CNAME || type === Type.ANY,
  );
  // RFC 2308 section 3: whoever says that there is no such data has to include the SOA record.
  if (prepared === undefined)
    return { ...positive([]), authority: [side.soa.record(zone.key, side.serial)] };
  const found = recordsOf(name.key, prepared);
  const answer = found.answer.map((record) => ({ ...record, owner: shown }));
  const [first] = answer;
  if (prepared.type === Type.CNAME && first?.data.kind === 'name') {
    return { ...positive(answer), outside: keyOfWire(first.data.name) };
  }
  return { ...positive(answer), additional: found.additional };
}

function positive(answer: readonly ResourceRecord[]): Lookup {
  return { rcode: Rcode.NOERROR, authoritative: true, answer, authority: [], additional: [] };
}
