import { readyAddresses } from '../../control/summary.ts';
import { typeName } from '../../dns/codes.ts';
import { OPT_BYTES, UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import { HEADER_BYTES } from '../../dns/header.ts';
import { labelsOf, textOf } from '../../dns/name.ts';
import type { EndpointSlice, NamespaceView, Service } from '../../kube/objects.ts';
import type { CompiledName } from '../../zone/answer.ts';
import { HOSTS_TYPE } from '../../zone/answer.ts';
import type { LintedObjects, Rule } from '../rule.ts';

/** So few records are not that long, however long their names are. */
const FEW_RECORDS = 4;

export const answerOverUdpLimit: Rule = {
  id: 'answer-over-udp-limit',
  severity: 'warning',
  reason:
    'An answer over 1,232 bytes does not fit into a UDP reply: clients have to ask again over TCP, which musl before 1.2.4 does not.',
  fix: 'Split the Service, or give it a cluster IP, so that the answer is one address.',
  objects(linted, found) {
    const largest = new Map<Service, Reply>();
    if (!linted.views.some(hasManyRecords)) return;
    for (const name of linted.live.names()) {
      const reply = largestReply(name);
      if (reply === undefined || reply.bytes <= UDP_PAYLOAD_BYTES) continue;
      const service = serviceOf(name, linted);
      if (service === undefined) continue;
      const known = largest.get(service);
      if (known === undefined || known.bytes < reply.bytes) largest.set(service, reply);
    }
    for (const [object, { name, type, records, bytes }] of largest) {
      const message = `the ${typeName(type)} answer for ${textOf(name.key)} has ${records} records and ${bytes} bytes: over ${UDP_PAYLOAD_BYTES} it is cut, and clients have to ask again over TCP`;
      found({ object, message });
    }
  },
};

interface Reply {
  readonly name: CompiledName;
  readonly type: number;
  readonly records: number;
  /** With the header, the question, and the OPT record of a client that can take that much. */
  readonly bytes: number;
}

/** The largest answer of a name that a message can carry at all; that others are cut is known. */
function largestReply(name: CompiledName): Reply | undefined {
  const question = name.key.length + 1 + 4;
  return name.answers
    .filter(({ type, isCut }) => type !== HOSTS_TYPE && !isCut)
    .map(({ type, answers, answerBytes }) => ({
      name,
      type,
      records: answers,
      bytes: HEADER_BYTES + question + answerBytes + OPT_BYTES,
    }))
    .sort((a, b) => b.bytes - a.bytes)[0];
}

/** The Service that the name is of, or below. */
function serviceOf({ key, zone }: CompiledName, { registry, live }: LintedObjects) {
  const served = live.zones[zone];
  if (served === undefined || served.isReverse) return undefined;
  const labels = labelsOf(key.slice(0, key.length - served.key.length) as typeof key);
  const [service, namespace, svc] = labels.slice(-3);
  if (svc !== 'svc' || service === undefined || namespace === undefined) return undefined;
  return registry.namespace(namespace)?.services.get(service);
}

function hasManyRecords({ services, slices }: NamespaceView): boolean {
  return (
    services.some(({ ports }) => ports.length > FEW_RECORDS) ||
    [...slices.values()].flat().some(hasManyEntries)
  );
}

/** Slices of one Service are added up, so each counts for several. */
function hasManyEntries(slice: EndpointSlice): boolean {
  return readyAddresses([slice]) * Math.max(1, slice.ports.length) > 1;
}
