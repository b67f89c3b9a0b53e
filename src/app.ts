import { randomBytes } from 'node:crypto';
import { AdminServer } from './admin/http-server.ts';
import type { ListenAddress, Settings } from './config/settings.ts';
import type { ControlSettings } from './control/protocol.ts';
import type { LoadSummary } from './control/summary.ts';
import { Supervisor } from './control/supervisor.ts';
import { startControlThread, zoneSettings } from './control/thread.ts';
import { ProblemList } from './corefile/problems.ts';
import { directivesNamed } from './corefile/resolve.ts';
import { type NameKey, textOf } from './dns/name.ts';
import { type Logger, LogLimiter } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { BlockExchange } from './server/block-exchange.ts';
import { type BlockPlan, buildBlocks } from './server/build-blocks.ts';
import { type BoundAddress, Listeners } from './server/listeners.ts';
import { QueryMetrics } from './server/query-metrics.ts';
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
  /** Answers what is still due, then lets go of every socket and thread. */
  close(): Promise<void>;
}

/** Replies that wait for something get this long when the server stops, ms. */
const GRACE_MS = 2000;

/**
 * Puts the parts together and starts them: listeners first, so that a taken port is told at once;
 * then the control thread; then the admin server.
 *
 * @throws ListenError when an address cannot be listened on; then nothing is left running.
 */
export async function startApp(settings: Settings, options: AppOptions): Promise<App> {
  const { log } = options;
  const metrics = options.metrics ?? new Metrics();
  const clock = options.clock ?? systemClock;
  const live = new LiveZone(settings.zone);
  let summary: LoadSummary | undefined;
  let tellSynced: (loaded: LoadSummary) => void = () => {};
  const synced = new Promise<LoadSummary>((resolve) => {
    tellSynced = resolve;
  });

  const problems = new ProblemList();
  const server = serverLabel(settings.listen);
  const built = buildBlocks(
    blockPlans(settings, live),
    {
      clock,
      log,
      metrics,
      random: randomBytes,
      ownAddresses: () => listeners.addresses,
      folder: process.cwd(),
      server,
      keptBy: () => undefined,
    },
    problems,
  );
  const queryMetrics = new QueryMetrics(metrics, server);
  for (const block of built.blocks) queryMetrics.observe(block, block.zones.map(zoneText), '');
  const panics = new LogLimiter(() => clock.now());
  const exchange = new BlockExchange({
    blocks: built.table,
    clock,
    metrics: queryMetrics,
    panics: metrics.counter('coredns_panics_total'),
    panicked: (error) =>
      panics.log((leftOut) => log.error({ err: error, leftOut }, 'A plugin threw an error')),
    shed: metrics.counter('svcdns_queries_shed_total'),
    udpReplyBytes: settings.limits.udpReplyBytes,
    takesAllClasses: built.takesAllClasses,
  });
  const supervisor = new Supervisor({
    settings: controlSettings(settings),
    live,
    log,
    clock,
    startThread: startControlThread,
    onLoaded: (loaded) => {
      summary = loaded;
      tellSynced(loaded);
    },
  });
  const listeners = new Listeners({
    listen: settings.listen,
    exchange,
    log,
    metrics,
    clock,
    limits: settings.limits,
    onAddressesChanged: (bound) => supervisor.setServerAddresses(ownAddresses(bound)),
  });
  await listeners.start();
  const admin = settings.admin && newAdmin(settings.admin, { metrics, log, live });
  const adminAddress = await admin?.start().catch(async (error) => {
    await listeners.stop({ graceMs: 0 });
    throw error;
  });
  supervisor.start(ownAddresses(listeners.addresses));

  return {
    get addresses() {
      return listeners.addresses;
    },
    admin: adminAddress,
    get summary() {
      return summary;
    },
    whenSynced: () => synced,
    close: async () => {
      await listeners.stop({ graceMs: GRACE_MS });
      await supervisor.stop();
      await admin?.stop();
    },
  };
}

function newAdmin(
  address: ListenAddress,
  parts: { metrics: Metrics; log: Logger; live: LiveZone },
): AdminServer {
  const { metrics, log, live } = parts;
  metrics.includeProcess();
  // Ready means "has read everything once", never "all is well": a folder that goes away later must
  // not take the server out of service.
  const ready = () => (live.isSynced ? [] : ['kubernetes: the manifests have not been read yet']);
  return new AdminServer(address, { ready, metrics, log });
}

function controlSettings(
  settings: Settings,
): Omit<ControlSettings, 'quarantine' | 'serverAddresses'> {
  const { manifests, rescanSeconds, watch, holdMassDeletions } = settings;
  const zone = zoneSettings(settings.zone);
  return { manifests, zone, rescanSeconds, watch, holdMassDeletions };
}

/** Our addresses as NS records can have them: link-local ones mean nothing on another machine. */
function ownAddresses(bound: readonly BoundAddress[]): string[] {
  return [...new Set(bound.map(({ address }) => address))].filter(
    (address) => !address.includes('%'),
  );
}

/** CoreDNS's label for what listens: `dns://:53`. */
function serverLabel(listen: readonly ListenAddress[]): string {
  return `dns://:${listen[0]?.port ?? 0}`;
}

/** The block with the `kubernetes` directive; the only one that is served. */
function blockPlans(settings: Settings, live: LiveZone): BlockPlan[] {
  const { blocks, kubernetes } = settings.corefile;
  return blocks
    .filter((block) => directivesNamed(block, 'kubernetes').length > 0)
    .map((block) => ({ block, kubernetes: { live, fallthrough: kubernetes.fallthrough } }));
}

/** As in CoreDNS's labels: without the dot that `QueryMetrics` adds. */
function zoneText(zone: NameKey): string {
  return textOf(zone).slice(0, -1);
}
