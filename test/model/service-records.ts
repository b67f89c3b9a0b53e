import { isIP } from 'node:net';
import type { NamespaceView, Service } from '../../src/kube/objects.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { addressRecord, grouped, type ModelRecord, record, recordLine } from './record.ts';
import { readyAddresses, visibleSlices } from './visible.ts';

/** One address × port behind a name: CoreDNS's intermediate list. */
interface Entry {
  /** The SRV target. */
  readonly target: string;
  readonly address: string;
  readonly portName: string;
  readonly protocol: string;
  /** Undefined when nothing says which port: then there is an address, but no SRV. */
  readonly port: number | undefined;
}

type Port = Pick<Entry, 'portName' | 'protocol' | 'port'>;
const NO_PORT: Port = { portName: '', protocol: '', port: undefined };

/** Every record that one Service gives a forward zone. */
export function serviceRecords(
  view: NamespaceView,
  service: Service,
  options: ZoneOptions,
  apex: string,
): ModelRecord[] {
  const { ttl } = options;
  const name = `${service.name}.${view.name}.svc.${apex}`;

  if (service.type === 'ExternalName') {
    if (service.externalName === '' || isAddress(service.externalName)) return [];
    return [record(name, ttl, 'CNAME', `${service.externalName}.`)];
  }

  const endpoints = endpointEntries(view, service, options, name);
  const isHeadless = service.clusterIPs[0] === 'None';
  if (options.ignoreEmptyService && !isHeadless && endpoints.length === 0) return [];
  const entries = isHeadless ? endpoints : clusterEntries(service, name);

  return [
    ...entryRecords(name, entries, ttl),
    ...portRecords(name, entries, ttl),
    ...[...grouped(endpoints, (entry) => entry.target.toLowerCase()).values()].flatMap((group) =>
      entryRecords(group[0]?.target ?? '', group, ttl),
    ),
  ];
}

/** Go's ParseIP: no zone, no leading zeros. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

function clusterEntries(service: Service, name: string): Entry[] {
  const ports = service.ports.map(({ name, protocol, port }) => ({
    portName: name,
    protocol,
    port,
  }));
  return orNoPort(ports).flatMap((port) =>
    service.clusterIPs.map((address) => ({ target: name, address, ...port })),
  );
}

function endpointEntries(
  view: NamespaceView,
  service: Service,
  options: ZoneOptions,
  name: string,
): Entry[] {
  return visibleSlices(view, service.name, options).flatMap((slice) => {
    const ports = slice.ports.map(({ name, protocol, port }) => ({
      portName: name,
      protocol,
      port,
    }));
    return readyAddresses(slice, options).flatMap(({ label, address }) =>
      orNoPort(ports).map((port) => ({ target: `${label}.${name}`, address, ...port })),
    );
  });
}

function orNoPort(ports: readonly Port[]): readonly Port[] {
  return ports.length === 0 ? [NO_PORT] : ports;
}

/**
 * `_port._protocol.NAME`, and the same with either or both underscores left out (1.3). A port name
 * of 63 letters, which the API allows, is no label with its underscore.
 */
function portRecords(name: string, entries: readonly Entry[], ttl: number): ModelRecord[] {
  const named = entries.filter(({ portName }) => portName !== '' && portName.length < 63);
  const byPort = grouped(named, (entry) => `${entry.portName}.${entry.protocol}`.toLowerCase());
  return [...byPort].flatMap(([key, group]) => {
    const [port, protocol] = key.split('.');
    return [
      ...entryRecords(`_${port}._${protocol}.${name}`, group, ttl),
      ...entryRecords(`_${port}.${protocol}.${name}`, group, ttl),
      ...entryRecords(`${port}._${protocol}.${name}`, group, ttl),
      ...entryRecords(`${port}.${protocol}.${name}`, group, ttl),
    ];
  });
}

/** A, AAAA and SRV at one owner (1.5.1, 1.5.2). The weight counts entries before duplicates go. */
function entryRecords(owner: string, entries: readonly Entry[], ttl: number): ModelRecord[] {
  const weight = Math.max(1, Math.floor(100 / entries.length));
  return entries.flatMap(({ target, address, port }) => {
    const ownAddress = addressRecord(owner, ttl, address);
    if (port === undefined) return [ownAddress];
    const glue = recordLine(addressRecord(target, ttl, address));
    return [ownAddress, record(owner, ttl, 'SRV', `0 ${weight} ${port} ${target}`, [glue])];
  });
}
