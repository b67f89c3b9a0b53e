import { listenPlace } from '../../app/corefile.ts';
import type { App, startApp } from '../../app.ts';
import type { LoadResult } from '../../config/load.ts';
import { manifestsOf, nameSources, placesOf } from '../../config/name-sources.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { Problem } from '../../kube/problem.ts';
import type { createLogger, Logger } from '../../observe/log.ts';
import { Metrics } from '../../observe/metrics.ts';
import { PLUGIN_METRICS, pluginsWith } from '../../plugins/order.ts';
import { RELOAD_METRICS } from '../../plugins/reload/setup.ts';
import { InheritedError, InheritedSockets } from '../../server/listen/inherited-sockets.ts';
import { ListenError } from '../../server/listen/listen-error.ts';
import { inputOf } from '../../sources/standard-input.ts';
import { packageVersion } from '../../support/process.ts';
import { readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { pluginProblems, printProblems, settingsExit } from '../report/settings-report.ts';
import { flagAsWritten, pluginList, translateFlags } from '../serve/coredns-flags.ts';
import { CrashGuard } from '../serve/crash-guard.ts';
import { loadFirst } from '../serve/first-load.ts';
import { reloadSignals } from '../serve/reload-signals.ts';
import { Reloader } from '../serve/reloader.ts';
import { machineNetworks } from '../serve/routed-networks.ts';
import { startupText, waitingText } from '../serve/startup-text.ts';
import { stopSignal } from '../serve/stop-signal.ts';
import { commandLineOptions, flagLines, insteadOfFlag, SETTING_FLAGS } from '../setting-flags.ts';

/** What `serve` starts. Loaded when it is called: the other commands do without. */
export interface ServeParts {
  readonly startApp: typeof startApp;
  readonly createLogger: typeof createLogger;
  /** Where packets of this machine go. */
  readonly networks: () => NetworkSet;
}

const HELP = `Answers Kubernetes Service DNS from manifests, and follows their changes.

Usage: svcdns serve [OPTIONS]
       svcdns [OPTIONS]

Options:
${flagLines()}
  -q, --quiet          no start-up text
  -h, --help           print this help

CoreDNS's own flags work too: -conf FILE, -dns.port N, -p N, -quiet, -version, -plugins.

On stdout: the start-up text, and the log, one JSON object a line; a line that begins with '{' is of
the log. With LOG_FORMAT=text its lines are as CoreDNS's and begin with '['. SIGTERM and SIGINT let
it answer what it has been asked and stop; a second one stops it at once.

Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong usage.

Examples:
  svcdns serve --manifests k8s
  svcdns serve --manifests k8s --listen 127.0.0.1:5300 --admin off
  svcdns -conf /etc/coredns/Corefile -dns.port 1053
`;

const OPTIONS = {
  ...SETTING_FLAGS,
  quiet: { type: 'boolean', short: 'q' },
  // By CoreDNS's flags only.
  version: { type: 'boolean' },
  plugins: { type: 'boolean' },
} as const;

/** The command, made of its parts: a test gives its own. */
export function serveCommand(load: () => Promise<ServeParts>): Command {
  return {
    name: 'serve',
    help: HELP,
    run: (args, io) => runServe(args, io, load),
  };
}

export const serve: Command = serveCommand(async () => {
  const [{ startApp }, { createLogger }] = await Promise.all([
    import('../../app.ts'),
    import('../../observe/log.ts'),
  ]);
  return { startApp, createLogger, networks: machineNetworks };
});

async function runServe(
  args: readonly string[],
  io: CommandIo,
  load: () => Promise<ServeParts>,
): Promise<number> {
  const { values, positionals } = readArguments(
    translateFlags(args),
    OPTIONS,
    insteadOfFlag,
    (option) => flagAsWritten(args, option),
  );
  if (values.version === true) {
    io.stdout(`svcdns ${packageVersion()}\n`);
    return Exit.OK;
  }
  if (values.plugins === true) {
    io.stdout(pluginList());
    return Exit.OK;
  }
  const [unexpected] = positionals;
  if (unexpected !== undefined) {
    throw new UsageError(
      `Unexpected '${unexpected}': a folder of manifests goes behind --manifests`,
    );
  }
  // Before anything that takes time: until then a signal would end the process by itself.
  const stop = stopSignal(io.process, io.clock);
  const reloads = reloadSignals(io.process);
  const options = commandLineOptions(values);
  const { result, loadAgain } = loadFirst(options, io);
  const { settings, problems } = result;
  if (settings === undefined) {
    const { chainProblems } = await import('../../app.ts');
    printProblems([...problems, ...pluginProblems(result, chainProblems)], io);
    return settingsExit(problems);
  }
  printProblems(problems, io);

  const parts = await load();
  const started = await startServer(settings, parts, io);
  if (started === undefined) return Exit.FAILED;
  const { app, log } = started;
  if (lacksStateFolder(settings, options, io)) {
    log.warn(
      'Nothing is kept for the next start: found no home folder: expected a folder behind --state or in SVCDNS_STATE, or off',
    );
  }
  const reloader = reloaderOf(settings, started, loadAgain, io);
  reloads.to(() => void reloader.reload());
  const print = values.quiet === true ? () => {} : (text: string) => io.stdout(text);
  await introduce({ app, settings, networks: parts.networks }, stop, print, io);
  await stop;
  reloader.stop();
  await app.close();
  return Exit.OK;
}

interface StartedServer {
  readonly app: App;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Undefined when it could not start; then why has been printed. */
async function startServer(
  settings: Settings,
  { startApp, createLogger }: ServeParts,
  io: CommandIo,
): Promise<StartedServer | undefined> {
  // Before there are sockets: whoever writes it may take long.
  inputOf(manifestsOf(settings));
  const metrics = new Metrics(PLUGIN_METRICS);
  const dropped = metrics.counter('svcdns_log_lines_dropped_total');
  const { logLevel, logFormat: format } = settings.options;
  const log = createLogger(logLevel, { dropped, format, saidInFull: pluginsWith('logsInFull') });
  const guard = new CrashGuard(io, log, metrics.counter('coredns_panics_total'));
  const app = await InheritedSockets.of(io.env)
    .then((inherited) => startApp(settings, { log, metrics, inherited }))
    .catch((error) => reportFailedStart(error, settings, io));
  if (app === undefined) return undefined;
  io.process.endPreparedThreads();
  guard.serving();
  return { app, log, metrics };
}

function reloaderOf(
  settings: Settings,
  { app, log, metrics }: StartedServer,
  load: () => LoadResult,
  { clock }: CommandIo,
): Reloader {
  const counted = metrics.of(RELOAD_METRICS);
  return new Reloader(settings, {
    app,
    log,
    clock,
    failed: counted.counter('coredns_reload_failed_total'),
    load,
    random: Math.random,
    inUse: (value) => {
      counted.clear('coredns_reload_version_info');
      counted.gauge('coredns_reload_version_info', { hash: 'sha512', value }).set(1);
    },
  });
}

/** Prints why the app could not start; what is no such reason is thrown again. */
function reportFailedStart(error: unknown, settings: Settings, io: CommandIo): undefined {
  if (isChainError(error)) printProblems(error.problems, io);
  else if (error instanceof ListenError) {
    io.stderr(`svcdns serve: ${listenPlace(settings, error)}${error.message}\n`);
  } else if (error instanceof InheritedError) io.stderr(`svcdns serve: ${error.message}\n`);
  else throw error;
}

/** Prints the start-up text when everything has been read, and before that what is waited for. */
async function introduce(
  { app, settings, networks }: { app: App; settings: Settings; networks: () => NetworkSet },
  stop: Promise<void>,
  print: (text: string) => void,
  { clock, cwd, env, hasColours }: CommandIo,
): Promise<void> {
  const waiting = clock.setTimeout(
    () => print(waitingText(app.addresses, nameSources(settings).flatMap(placesOf))),
    WAITING_MS,
  );
  const loaded = await Promise.race([app.whenSynced(), stop]);
  waiting.cancel();
  if (loaded === undefined) return;
  const { addresses, transport, admin, leadingBack } = app;
  const version = packageVersion();
  print(
    startupText({
      version,
      settings,
      loaded,
      addresses,
      transport,
      admin,
      leadingBack,
      // In a Pod, the node translates cluster IPs.
      networks: env['KUBERNETES_SERVICE_HOST'] ? undefined : networks(),
      cwd,
      hasColours,
    }),
  );
}

/** `app.ts` is loaded late, so its class is not at hand. */
function isChainError(error: unknown): error is Error & { readonly problems: readonly Problem[] } {
  return error instanceof Error && error.name === 'ChainError' && 'problems' in error;
}

/** No option says what to keep or where, and there is no place for it. */
function lacksStateFolder(
  settings: Settings,
  { state }: CommandLineOptions,
  { env }: CommandIo,
): boolean {
  return settings.options.state === undefined && state === undefined && !env['SVCDNS_STATE'];
}

/** When nothing has been loaded after this long, a person at the terminal should know why; ms. */
const WAITING_MS = 2000;
