import type { ServerBlock } from '../corefile/parse.ts';
import { type ProblemList, quoted } from '../corefile/problems.ts';
import { directivesNamed } from '../corefile/resolve.ts';
import { listenAddressText, parseListenAddress } from './listen-address.ts';
import type { ListenAddress } from './settings.ts';

/** A directive of CoreDNS that serves something over HTTP, and the address it asks for. */
export interface AdminDirective {
  readonly name: 'health' | 'ready' | 'prometheus';
  readonly address: ListenAddress;
}

/** Path, and CoreDNS's address for a directive that names none. */
const SERVED = [
  { name: 'health', path: '/health', address: '', port: 8080 },
  { name: 'ready', path: '/ready', address: '', port: 8181 },
  { name: 'prometheus', path: '/metrics', address: '127.0.0.1', port: 9153 },
] as const;

/**
 * The addresses that `health`, `ready` and `prometheus` ask for. One admin server answers all three
 * paths, at `admin`: what asks for another address is told so.
 */
export function adminDirectives(
  blocks: readonly ServerBlock[],
  admin: ListenAddress | undefined,
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
        if ('fault' in parsed) {
          const message = `plugin/${served.name}: ${parsed.fault}`;
          problems.error('COREFILE_OPTION', message, word?.origin ?? line.origin);
          return [];
        }
        const wanted = listenAddressText(parsed.address);
        if (admin === undefined || listenAddressText(admin) !== wanted) {
          const where =
            admin === undefined
              ? 'nowhere, the admin server is off'
              : `at ${listenAddressText(admin)} (--admin)`;
          const message = `${served.name}: not carried out yet at ${quoted(wanted)}: ${served.path} is answered ${where}`;
          problems.warning('COREFILE_NOT_YET', message, line.origin);
        }
        return [{ name: served.name, address: parsed.address }];
      }),
    ),
  );
}
