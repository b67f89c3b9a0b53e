import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { ListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, type ServerBlock, type Word } from '../corefile/parse.ts';
import { type ProblemList, quoted } from '../corefile/problems.ts';
import type { PluginDeclaration } from './declaration.ts';

/** A server block and the addresses its `bind` names; undefined for every address. */
export interface BoundBlock {
  readonly block: ServerBlock;
  readonly bound: readonly string[] | undefined;
}

/** The addresses and ports that a server block listens on, in the order of the file. */
export function socketsOf({ block, bound }: BoundBlock, defaultPort: number): ListenAddress[] {
  const ports = new Set(block.keys.map((key) => key.port ?? defaultPort));
  const addresses = bound ?? [''];
  // Containers often have no IPv6, not even ::1: who asks for 127.0.0.1 too is served by that.
  const isOptional = (address: string) => address === '::1' && addresses.includes('127.0.0.1');
  return [...ports].flatMap((port) =>
    addresses.map((address) => ({
      address,
      port,
      ...(isOptional(address) ? { optional: true } : {}),
    })),
  );
}

/** The machine's network interfaces; `os.networkInterfaces()` is one. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The addresses that the `bind ADDR|INTERFACE... { except … }` lines of a server block name,
 * without repeats; undefined when the block has none and listens on every address.
 */
export function boundAddresses(
  block: ServerBlock,
  interfaces: Interfaces,
  problems: ProblemList,
): readonly string[] | undefined {
  const lines = directivesNamed(block, plugin.directive);
  if (lines.length === 0) return undefined;
  const bound = new Set<string>();
  for (const line of lines) {
    const except = new Set<string>();
    for (const option of line.block ?? []) {
      if (option.name === 'except') {
        if (option.args.length === 0) {
          const message = "plugin/bind: expected at least one address or interface after 'except'";
          problems.error('COREFILE_OPTION', message, option.origin);
        }
        for (const address of addresses(option.args, interfaces, problems)) except.add(address);
      } else {
        const message = `plugin/bind: unknown property ${quoted(option.name)}: expected 'except'`;
        problems.error('COREFILE_UNKNOWN_OPTION', message, option.origin);
      }
    }
    if (line.args.length === 0) {
      const message = 'plugin/bind: at least one address or interface name is expected';
      problems.error('COREFILE_OPTION', message, line.origin);
    }
    const named = addresses(line.args, interfaces, problems);
    for (const address of named) if (!except.has(address)) bound.add(address);
    if (named.length > 0 && named.every((address) => except.has(address))) {
      const message = "plugin/bind: no address is left to listen on after 'except'";
      problems.error('COREFILE_OPTION', message, line.origin);
    }
  }
  return [...bound];
}

export const plugin: PluginDeclaration = { directive: 'bind' };

function addresses(
  words: readonly Word[],
  interfaces: Interfaces,
  problems: ProblemList,
): string[] {
  return words.flatMap(({ text, origin }) => {
    if (isIPv4(text) || isIPv6(text)) return [text.toLowerCase()];
    const found = Object.hasOwn(interfaces, text) ? (interfaces[text] ?? []) : undefined;
    if (found !== undefined) return found.map((address) => scoped(address, text));
    const names = Object.keys(interfaces).join(', ');
    const message = `plugin/bind: not a valid IP address or interface name: ${quoted(text)}: the interfaces are ${names || 'unknown'}`;
    problems.error('COREFILE_OPTION', message, origin);
    return [];
  });
}

/** A link-local address means nothing without the interface it is on (RFC 4007 section 6). */
function scoped({ address }: NetworkInterfaceInfo, name: string): string {
  return /^fe[89ab]/i.test(address) ? `${address}%${name}` : address;
}
