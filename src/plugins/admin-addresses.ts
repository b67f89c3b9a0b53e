import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import { optionsIn } from './declaration.ts';
import { Directive } from './directive.ts';
import { plugin as health } from './health/setup.ts';
import { plugin as prometheus } from './prometheus/setup.ts';
import { plugin as ready } from './ready/setup.ts';

/** A directive of CoreDNS that serves something over HTTP, and the address it asks for. */
export interface AdminDirective {
  readonly name: string;
  readonly address: ListenAddress;
}

/** CoreDNS's address for a directive that names none; the first of a block is the one polled. */
const SERVED = [
  { plugin: health, address: '', port: 8080 },
  { plugin: ready, address: '', port: 8181 },
  { plugin: prometheus, address: '127.0.0.1', port: 9153 },
];

/**
 * The addresses that `health`, `ready` and `prometheus` ask for; every admin server answers all
 * three paths.
 */
export function adminDirectives(
  blocks: readonly ServerBlock[],
  problems: ProblemList,
): AdminDirective[] {
  for (const block of blocks) {
    for (const plugin of [ready, prometheus]) optionsIn(block, plugin, problems);
  }
  return blocks.flatMap((block) =>
    SERVED.flatMap(({ plugin: { directive }, address, port }) =>
      directivesNamed(block, directive).flatMap((line) => {
        const reading = new Directive(directive, problems);
        if (!reading.hasArgs(line, 0, 1)) return [];
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
