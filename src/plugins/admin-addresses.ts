import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, type Line, type ServerBlock, type Word } from '../corefile/parse.ts';
import { type ProblemList, quoted } from '../corefile/problems.ts';
import type { PluginDeclaration } from './declaration.ts';
import { Directive } from './directive.ts';
import { plugin as health } from './health/setup.ts';
import type { OptionForms } from './option-form.ts';

/** A directive of CoreDNS that serves something over HTTP, and the address it asks for. */
export interface AdminDirective {
  readonly name: string;
  readonly address: ListenAddress;
}

const MONITOR_TYPES = ['until-ready', 'continuously'];

const READY_OPTIONS = { monitor: MONITOR_TYPES.join('|') } satisfies OptionForms;
const PROMETHEUS_OPTIONS = { runtime_metrics: '' } as const satisfies OptionForms;

export const ready: PluginDeclaration = { directive: 'ready', options: READY_OPTIONS };

export const prometheus: PluginDeclaration = {
  directive: 'prometheus',
  options: PROMETHEUS_OPTIONS,
  isCountedAsLink: true,
};

/**
 * CoreDNS's address for a directive that names none; the first of a block is the one polled. What
 * is in the block of `health` is read in its folder.
 */
const SERVED = [
  { directive: health.directive, address: '', port: 8080, readOptions: undefined },
  { directive: ready.directive, address: '', port: 8181, readOptions: readReadyOptions },
  {
    directive: prometheus.directive,
    address: '127.0.0.1',
    port: 9153,
    readOptions: readPrometheusOptions,
  },
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
    SERVED.flatMap(({ directive, address, port, readOptions }) =>
      directivesNamed(block, directive).flatMap((line) => {
        const reading = new Directive(directive, problems);
        readOptions?.(line, reading);
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

/** Readiness never goes back before the server is told to stop, so both types mean the same. */
function readReadyOptions(line: Line, directive: Directive): void {
  directive.options(line, READY_OPTIONS, {
    monitor: ({ args }) => {
      const { text, origin } = args[0] as Word;
      if (MONITOR_TYPES.includes(text)) return;
      const expected = `expected ${MONITOR_TYPES.join(' or ')}`;
      directive.error(`monitor type ${quoted(text)} not supported: ${expected}`, origin);
    },
  });
}

function readPrometheusOptions(line: Line, directive: Directive): void {
  const readers = {
    runtime_metrics: ({ origin }: Line) => {
      directive.warning("'runtime_metrics' has no effect: there is no Go runtime here", origin);
    },
    tls: ({ origin }: Line) => {
      directive.error("'tls' is not offered: metrics are served over plain HTTP", origin);
    },
  };
  directive.options(line, PROMETHEUS_OPTIONS, readers);
}
