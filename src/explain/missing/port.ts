import { isHeadless } from '../../kube/headless.ts';
import type { NamespaceView, Service } from '../../kube/objects.ts';
import { closest } from '../../kube/spelling.ts';
import type { ExplainedObjects } from '../objects.ts';
import { reason, type WeighedReason } from '../reason.ts';
import { emptyHeadless } from './endpoints.ts';

interface AskedPort {
  /** Without its underscore; '' when only a protocol was asked for. */
  readonly port: string;
  /** Lower case. */
  readonly protocol: string;
}

interface KnownPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number | undefined;
}

/** Why `_port._protocol.service.namespace` does not exist though the Service does. */
export function missingPort(
  { port, protocol }: AskedPort,
  service: Service,
  view: NamespaceView,
  all: ExplainedObjects,
): WeighedReason {
  const headless = isHeadless(service);
  const slices = view.slices.get(service.name) ?? [];
  const isReady = slices.some(({ endpoints }) => endpoints.some(({ ready }) => ready));
  if (headless && !isReady) return emptyHeadless(service, view, all);
  const text = `${service.namespace}/${service.name}`;
  const ports: readonly KnownPort[] = headless
    ? slices.flatMap((slice) => slice.ports)
    : service.ports;
  const named = ports.filter(({ name }) => name !== '');
  const same = named.filter((one) => one.protocol.toLowerCase() === protocol);
  const near = closest(port, new Set(same.map(({ name }) => name)));
  const unnamed = ports.find(({ name, port: number }) => name === '' && number !== undefined);
  if (near === undefined && unnamed?.port !== undefined) {
    const name = port === '' ? protocol : port;
    return reason('PORT_UNNAMED', { service: text, port: unnamed.port, name });
  }
  const known = [...new Set(named.map((one) => `_${one.name}._${one.protocol.toLowerCase()}`))];
  return reason('NO_PORT', {
    service: text,
    port: port === '' ? `_${protocol}` : port,
    protocol: protocol.toUpperCase(),
    known,
    near,
  });
}
