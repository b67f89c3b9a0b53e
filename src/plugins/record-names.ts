import type { RecordData, ResourceRecord, WireName } from '../dns/record.ts';
import type { Reply } from './plugin.ts';

/** The name that replaces another; the same one when it stays. */
export type Rename = (name: WireName) => WireName;

/** The reply with the owners of its records renamed. */
export function withOwners(reply: Reply, rename: Rename): Reply {
  return withRecords(reply, (record) => {
    const owner = rename(record.owner);
    return owner === record.owner ? record : { ...record, owner };
  });
}

/**
 * The reply with the names in its records' data renamed: targets of CNAME, DNAME, SRV, MX, NS and
 * PTR, SOA's server.
 */
export function withTargets(reply: Reply, rename: Rename): Reply {
  return withRecords(reply, (record) => {
    const data = renamedData(record.data, rename, (rname) => rname);
    return data === record.data ? record : { ...record, data };
  });
}

/** The reply with each record replaced by what `change` makes of it. */
export function withRecords(
  reply: Reply,
  change: (record: ResourceRecord) => ResourceRecord,
): Reply {
  const answer = reply.answer.map(change);
  const authority = reply.authority.map(change);
  const additional = reply.additional.map(change);
  return { ...reply, answer, authority, additional };
}

/** The data with its names replaced, SOA's mailbox by its own function; the same when none is. */
export function renamedData(data: RecordData, rename: Rename, renameMailbox = rename): RecordData {
  switch (data.kind) {
    case 'name': {
      const name = rename(data.name);
      return name === data.name ? data : { ...data, name };
    }
    case 'service': {
      const target = rename(data.target);
      return target === data.target ? data : { ...data, target };
    }
    case 'exchange': {
      const exchange = rename(data.exchange);
      return exchange === data.exchange ? data : { ...data, exchange };
    }
    case 'start': {
      const mname = rename(data.start.mname);
      const rname = renameMailbox(data.start.rname);
      const isSame = mname === data.start.mname && rname === data.start.rname;
      return isSame ? data : { ...data, start: { ...data.start, mname, rname } };
    }
    case 'address':
    case 'strings':
    case 'raw':
      return data;
  }
}
