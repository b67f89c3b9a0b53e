import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import type { PluginDeclaration } from './declaration.ts';
import { plugin as health } from './health/setup.ts';

/** A directive of CoreDNS that serves something over HTTP, and the address it asks for. */
export interface AdminDirective {
  readonly name: string;
  readonly address: ListenAddress;
}

export const ready: PluginDeclaration = { directive: 'ready' };

export const prometheus: PluginDeclaration = { directive: 'prometheus', isCountedAsLink: true };

/** CoreDNS's address for a directive that names none; the first of a block is the one polled. */
const SERVED = [
  { directive: health.directive, address: '', port: 8080 },
  { directive: ready.directive, address: '', port: 8181 },
  { directive: prometheus.directive, address: '127.0.0.1', port: 9153 },
];

/**
 * The addresses that `health`, `ready` and `prometheus` ask for; every admin server answers all
 * three paths.
 */
export function adminDirectives(
  blocks: readonly ServerBlock[],
  problems: ProblemList,
): AdminDirective[] {
  return blocks.flatMap((block) =>
    SERVED.flatMap(({ directive, address, port }) =>
      directivesNamed(block, directive).flatMap((line) => {
        const [word] = line.args;
        const text = word?.text.replace(/^localhost(?=:|$)/, '127.0.0.1');
        const parsed =
          text === undefined ? { address: { address, port } } : parseListenAddress(text, port);
        if ('address' in parsed) return [{ name: directive, address: parsed.address }];
        const message = `plugin/${directive}: ${parsed.fault}`;
        problems.error('COREFILE_OPTION', message, word?.origin ?? line.origin);
        return [];
      }),
    ),
  );
}
