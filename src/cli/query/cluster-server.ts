import type { App } from '../../app.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import type { Explanation } from '../../explain/explanation.ts';
import type { WrittenRequest } from '../../explain/request.ts';
import type { CommandIo } from '../command.ts';
import type { DnsServer } from './server-address.ts';

/** A cluster is asked for its objects for so long, ms. */
const MOST_MS = 30_000;

/** A server for one question. */
export interface ClusterServer {
  readonly server: DnsServer;
  /** Why a name has its answer. */
  explain(request: WrittenRequest): Promise<Explanation | undefined>;
  stop(): Promise<void>;
}

/**
 * Starts a server of a cluster's names at a free port of loopback, for a question that no running
 * server is to answer. Undefined when it has not read them in time: then why has been printed.
 */
export async function clusterServer(
  options: CommandLineOptions,
  io: CommandIo,
): Promise<ClusterServer | undefined> {
  const { settingsOrExit } = await import('../report/settings-report.ts');
  const { startApp } = await import('../../app.ts');
  const { readRequest } = await import('../../explain/request.ts');
  const { createLoggerTo } = await import('../../observe/log.ts');
  const only = { config: 'off', listen: ['127.0.0.1:0'], admin: 'off', forward: ['off'] };
  const loaded = settingsOrExit({ ...options, ...only, state: 'off' }, io);
  if ('exit' in loaded) return undefined;
  let last = 'nothing came in time';
  const log = createLoggerTo('warn', {
    write: (line) => {
      last = (JSON.parse(line) as { msg: string }).msg;
    },
  });
  const app = await startApp(loaded.settings, { log });
  if (await isReadIn(MOST_MS, app, io)) {
    const { address = '', port = 0 } = app.addresses[0] ?? {};
    return {
      server: { host: address, port },
      explain: async (written) => {
        const request = readRequest(written);
        return 'fault' in request ? undefined : app.explain(request);
      },
      stop: () => app.close(),
    };
  }
  await app.close();
  io.stderr(`svcdns query: Cannot read the cluster: ${last}\n`);
  return undefined;
}

function isReadIn(ms: number, app: App, { clock }: CommandIo): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(false), ms);
    void app.whenSynced().then(() => {
      timer.cancel();
      resolve(true);
    });
  });
}
