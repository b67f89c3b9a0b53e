import { randomBytes } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { Admins } from './app/admins.ts';
import { Names } from './app/names.ts';
import type { BlockSettings, Settings } from './config/settings.ts';
import type { LoadSummary } from './control/summary.ts';
import { ProblemList } from './corefile/problems.ts';
import { directivesNamed } from './corefile/resolve.ts';
import { type Problem, problemText } from './kube/problem.ts';
import { createLogger, type Logger } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { parseLameduck } from './plugins/health/setup.ts';
import { Chains, type ChainsOptions, type ServedBlock } from './server/chains.ts';
import type { BoundAddress } from './server/listeners.ts';
import { SocketGroups } from './server/socket-groups.ts';
import { type Clock, systemClock } from './support/clock.ts';
import { LiveZone } from './zone/live-zone.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
}

/** A running server. */
export interface App {
  /** Every address that is answered on, over UDP and TCP. */
  readonly addresses: readonly BoundAddress[];
  readonly admin: BoundAddress | undefined;
  /** What was loaded last; undefined until everything has been read once. */
  readonly summary: LoadSummary | undefined;
  /** Resolves when everything has been read once; until then names of the zones get SERVFAIL. */
  whenSynced(): Promise<LoadSummary>;
  /**
   * Goes on with other settings, without losing a query. Returns what is wrong with them: then
   * nothing has changed.
   */
  reload(settings: Settings): Promise<readonly Problem[]>;
  /** Answers what is still due, then lets go of every socket and thread. */
  close(): Promise<void>;
}

/** Settings whose plugins cannot be made; `problems` says why, each with its place. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'));
    this.problems = problems;
  }
}

/** Replies that wait for something get this long when their sockets close, ms. */
const GRACE_MS = 2000;

/** A reload waits this long for new manifests to be read, as CoreDNS's `startup_timeout`; ms. */
const SYNC_MS = 5000;

/**
 * Puts the parts together and starts them: sockets first, so that a taken port is told at once; then the
 * admin server; then the control thread.
 *
 * @throws ListenError when an address cannot be listened on; then nothing is left running.
 * @throws ChainError when a plugin cannot be made as the Corefile asks.
 */
export async function startApp(settings: Settings, options: AppOptions): Promise<App> {
  const { log } = options;
  const metrics = options.metrics ?? new Metrics();
  const clock = options.clock ?? systemClock;
  const shared = { log, metrics, clock };

  const sockets: SocketGroups = new SocketGroups({
    ...shared,
    limits: settings.limits,
    source: settings.corefile.isBuiltIn ? '--listen' : 'Corefile',
    onAddressesChanged: () => names.setServerAddresses(ownAddresses(sockets.addresses)),
  });
  const newChains = (wanted: Settings, live: LiveZone, before?: Chains) => {
    const problems = new ProblemList();
    const chains = new Chains(
      servedBlocks(wanted.blocks, live),
      {
        ...shared,
        random: randomBytes,
        ownAddresses: () => sockets.addresses,
        folder: folderOf(wanted),
        udpReplyBytes: wanted.limits.udpReplyBytes,
      },
      before,
      problems,
    );
    return { chains, problems };
  };

  let isClosed = false;
  let names = new Names(settings, shared);
  let { chains, problems } = newChains(settings, names.live);
  if (problems.hasErrors) throw new ChainError(problems.all);
  await sockets.serve(chains.groups, 0);
  const admins = new Admins({
    metrics,
    log,
    notReady: () => (isClosed ? ['shutting down'] : chains.notReady()),
  });
  await admins.serve(settings.admin).catch(async (error) => {
    await sockets.stop(0);
    throw error;
  });
  await chains.start();
  names.start(ownAddresses(sockets.addresses));

  // Not ready at once, so that nobody sends us more; what comes meanwhile is still answered.
  const lameduck = async () => {
    if (lameduckMs > 0) await new Promise<void>((done) => clock.setTimeout(done, lameduckMs));
  };
  let lameduckMs = lameduckOf(settings, problems);
  let { admin } = settings;
  let reloading: Promise<unknown> = Promise.resolve();
  const reload = async (wanted: Settings): Promise<readonly Problem[]> => {
    if (isClosed) return [];
    const isSameNames = names.isFor(wanted);
    const nextNames = isSameNames ? names : new Names(wanted, shared);
    const next = newChains(wanted, nextNames.live, chains);
    if (next.problems.hasErrors) return next.problems.all;
    await next.chains.start();
    if (!isSameNames) {
      nextNames.start(ownAddresses(sockets.addresses));
      await nextNames.whenSyncedOr(SYNC_MS);
    }
    try {
      await admins.serve(wanted.admin);
      await sockets.serve(next.chains.groups, GRACE_MS);
    } catch (error) {
      await next.chains.stop();
      if (!isSameNames) await nextNames.stop();
      // Its addresses may have been taken up before a DNS one could not be.
      await admins.serve(admin).catch((err) => log.error({ err }, 'The admin server is gone'));
      throw error;
    }
    admin = wanted.admin;
    const [oldChains, oldNames] = [chains, names];
    chains = next.chains;
    names = nextNames;
    lameduckMs = lameduckOf(wanted, next.problems);
    // Questions under way in the old chains still come back; they hold what they need.
    await oldChains.stop();
    if (!isSameNames) await oldNames.stop();
    return next.problems.all;
  };

  return {
    get addresses() {
      return sockets.addresses;
    },
    get admin() {
      return admins.addresses[0];
    },
    get summary() {
      return names.summary;
    },
    whenSynced: () => names.whenSynced(),
    reload: (wanted) => {
      // One after the other: a signal may come while the file's change is being taken.
      const done = reloading.then(() => reload(wanted));
      reloading = done.catch(() => undefined);
      return done;
    },
    close: async () => {
      isClosed = true;
      await reloading;
      await lameduck();
      await sockets.stop(GRACE_MS);
      await chains.stop();
      await names.stop();
      await admins.stop();
    },
  };
}

/** What is wrong with the plugins that settings ask for. Nothing is started. */
export function chainProblems(settings: Settings): readonly Problem[] {
  const problems = new ProblemList();
  const options: ChainsOptions = {
    clock: systemClock,
    log: createLogger('silent'),
    metrics: new Metrics(),
    random: randomBytes,
    ownAddresses: () => [],
    folder: folderOf(settings),
    udpReplyBytes: settings.limits.udpReplyBytes,
  };
  new Chains(
    servedBlocks(settings.blocks, new LiveZone(settings.zone)),
    options,
    undefined,
    problems,
  );
  return problems.all;
}

function lameduckOf({ blocks }: Settings, problems: ProblemList): number {
  const lines = blocks.flatMap(({ block }) => directivesNamed(block, 'health'));
  return parseLameduck(lines, problems);
}

/** Relative paths in a Corefile start where it lies. */
function folderOf({ corefile }: Settings): string {
  return corefile.isBuiltIn ? process.cwd() : dirname(resolve(corefile.file));
}

/**
 * Our addresses as NS records can have them. Link-local ones mean nothing on another machine, and
 * loopback ones lead everybody to themselves: they are for a server that listens nowhere else.
 */
function ownAddresses(bound: readonly BoundAddress[]): string[] {
  const all = [...new Set(bound.map(({ address }) => address))];
  const own = all.filter((address) => !address.includes('%'));
  const reachable = own.filter((address) => address !== '::1' && !address.startsWith('127.'));
  return reachable.length > 0 ? reachable : own;
}

function servedBlocks(blocks: readonly BlockSettings[], live: LiveZone): ServedBlock[] {
  return blocks.map(({ block, listen, zones, kubernetes }) => ({
    block,
    listen,
    zonesAt: (at) => [
      ...new Set(zones.filter(({ port }) => (port ?? at) === at).map(({ zone }) => zone)),
    ],
    kubernetes: kubernetes && { live, fallthrough: kubernetes.fallthrough },
  }));
}
