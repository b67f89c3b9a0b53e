import { MAX_PORT } from '../../dns/address.ts';

/** A port that a container listens on. */
export interface ComposePort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** Ports of one range; a Service with more is of no use. */
const MAX_RANGE = 64;

/**
 * Reads items of `ports` and `expose`: `80`, `8080:80/udp`, `127.0.0.1::53`, `3000-3005`,
 * `{ target: 80, protocol: udp }`. What cannot be read is a fault each.
 */
export function readPorts(items: readonly unknown[]): {
  readonly ports: readonly ComposePort[];
  readonly faults: readonly string[];
} {
  const ports: ComposePort[] = [];
  const faults: string[] = [];
  for (const item of items) {
    const text = targetText(item);
    const found = portsIn(text);
    if (found === undefined) faults.push(`cannot tell the port of ${text}`);
    else ports.push(...found);
  }
  return { ports, faults };
}

/** What stands for the port of the container: `80/udp`. */
function targetText(item: unknown): string {
  if (typeof item === 'object' && item !== null) {
    const { target, protocol } = item as { target?: unknown; protocol?: unknown };
    return protocol === undefined ? String(target) : `${target}/${protocol}`;
  }
  const text = String(item);
  return text.slice(text.lastIndexOf(':') + 1);
}

function portsIn(text: string): ComposePort[] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(text);
  if (match === null) return undefined;
  const [, from, to = from, word = 'tcp'] = match;
  const [first, last] = [Number(from), Number(to)];
  if (first < 1 || last > MAX_PORT || last < first || last - first >= MAX_RANGE) return undefined;
  const protocol = word.toLowerCase() === 'udp' ? 'UDP' : 'TCP';
  return Array.from({ length: last - first + 1 }, (_, at) => ({ port: first + at, protocol }));
}
