import type { RecordData, ResourceRecord, WireName } from '../../../dns/record.ts';

/**
 * The record with the letters of `from`, wherever it has them, replaced by those of `to`: the same
 * name in another spelling. An upstream's reply points into the question it was asked, so its
 * owners, and the ends of its other names, come back in the letters that were drawn for it.
 */
export function respelled(record: ResourceRecord, from: WireName, to: WireName): ResourceRecord {
  if (from === to) return record;
  const respell = (name: WireName) => respelledName(name, from, to);
  return { ...record, owner: respell(record.owner), data: respelledData(record.data, respell) };
}

function respelledData(data: RecordData, respell: (name: WireName) => WireName): RecordData {
  switch (data.kind) {
    case 'name':
      return { ...data, name: respell(data.name) };
    case 'exchange':
      return { ...data, exchange: respell(data.exchange) };
    case 'service':
      return { ...data, target: respell(data.target) };
    case 'start': {
      const { mname, rname } = data.start;
      return {
        kind: 'start',
        start: { ...data.start, mname: respell(mname), rname: respell(rname) },
      };
    }
    default:
      return data;
  }
}

/**
 * Replaces the longest end of `name`, by whole labels, that `from` ends with too, byte for byte.
 */
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
