import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';

/** A directive of CoreDNS that serves something over HTTP, and the address it asks for. */
export interface AdminDirective {
  readonly name: 'health' | 'ready' | 'prometheus';
  readonly address: ListenAddress;
}

/** CoreDNS's address for a directive that names none. */
const SERVED = [
  { name: 'health', address: '', port: 8080 },
  { name: 'ready', address: '', port: 8181 },
  { name: 'prometheus', address: '127.0.0.1', port: 9153 },
] as const;

/**
 * The addresses that `health`, `ready` and `prometheus` ask for; every admin server answers all
 * three paths.
 */
export function adminDirectives(
  blocks: readonly ServerBlock[],
  problems: ProblemList,
): AdminDirective[] {
  return blocks.flatMap((block) =>
    SERVED.flatMap((served) =>
      directivesNamed(block, served.name).flatMap((line) => {
        const [word] = line.args;
        const asked = word?.text.replace(/^localhost(?=:|$)/, '127.0.0.1');
        const parsed =
          asked === undefined
            ? { address: { address: served.address, port: served.port } }
            : parseListenAddress(asked, served.port);
        if ('address' in parsed) return [{ name: served.name, address: parsed.address }];
        const message = `plugin/${served.name}: ${parsed.fault}`;
        problems.error('COREFILE_OPTION', message, word?.origin ?? line.origin);
        return [];
      }),
    ),
  );
}
