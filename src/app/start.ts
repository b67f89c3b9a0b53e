import { randomBytes } from 'node:crypto';
import type { Limits, Settings } from '../config/settings.ts';
import { COOKIE_SEED_BYTES } from '../server/answer/cookies.ts';
import { Listeners } from '../server/listen/listeners.ts';
import { type Prepared, prepareAll } from '../server/listen/prepared.ts';
import { type UdpTransport, udpTransport } from '../server/udp/transport.ts';
import { type DescriptorBudget, descriptorBudget } from '../support/descriptor-budget.ts';
import { openFilesLimit } from '../support/process.ts';
import { Places } from '../support/slots.ts';
import { type AdminPages, adminPages } from './admin-pages.ts';
import { Admins } from './admins.ts';
import { answeringParts } from './answering-parts.ts';
import { Configuration } from './configuration.ts';
import { LogLevel } from './log-level.ts';
import { reportBudget, reportBuild, reportNames, reportPlugins } from './metrics.ts';
import { ChainError, reportProblems } from './problems.ts';
import { ownAddresses, type Serving } from './serving.ts';
import type { ServerParts, Shared } from './shared.ts';
import { ResolverThreads } from './threads/resolver-threads.ts';
import { startResolverThread } from './threads/start-thread.ts';

/** Queries wait for so long in sockets that were handed over for the names to be read, ms. */
const HANDOVER_MS = 10_000;

/**
 * Starts a server: sockets first, so that a taken port is reported at once, and nothing is answered
 * before all of them are open; then the plugins; then the reading of the names. Where sockets were
 * handed over, what has come to them can wait, so the names are read first.
 *
 * @throws ListenError when an address cannot be listened on; then nothing is left running.
 * @throws InheritedError when nothing is to be served at a socket that was handed over.
 * @throws ChainError when a plugin cannot be made as the Corefile asks.
 */
export async function start(settings: Settings, given: Shared): Promise<Serving> {
  const closing = new AbortController();
  const transport = udpTransport(settings.options.transport);
  const pages = adminPages(settings, given, () => serving);
  const shared = serverParts(given, transport, pages);
  const { budget } = shared;
  const sockets: Listeners = new Listeners({
    ...shared,
    limits: limitsWithin(budget, settings.limits),
    source: settings.movedBy.listen,
    onAddressesChanged: () => {
      serving.current.names.setServerAddresses(ownAddresses(sockets.addresses));
      threads.addressesChanged();
    },
  });
  const current = new Configuration(settings, shared, sockets);
  if (current.hasErrors) throw new ChainError(current.problems);
  const admins = new Admins({
    ...shared,
    connections: budget.admin,
    notReady: () =>
      closing.signal.aborted ? ['Shutting down'] : serving.current.chains.notReady(),
    ...pages.answers,
  });
  const logLevel = new LogLevel(shared.log);
  const threads = new ResolverThreads({
    shared,
    transport,
    sockets,
    current: () => serving.current,
    data: {
      logLevel: shared.log.level,
      logFormat: settings.options.logFormat,
      isWatched: pages.watchers.length > 0,
    },
    onSeen: pages.onSeen,
    startThread: shared.startResolver ?? startResolverThread,
  });
  const serving: Serving = {
    shared,
    transport,
    sockets,
    admins,
    threads,
    logLevel,
    current,
    closing,
  };
  logLevel.follow(current.chains);
  reportProblems(current.problems, shared.log);

  await openAndAnswer(serving, settings);
  threads.follow();
  return serving;
}

async function openAndAnswer(serving: Serving, settings: Settings): Promise<void> {
  const { shared, transport, sockets, admins, threads, current, closing } = serving;
  const { names, chains } = current;
  const isAwaited = shared.inherited?.isEmpty === false;
  if (isAwaited) {
    names.start([]);
    await names.whenSyncedOr(HANDOVER_MS, closing.signal);
  }
  const opened: Prepared = await prepareAll([
    () => sockets.prepare(chains.groups),
    () => admins.prepare(settings.admin, settings.movedBy.admin),
  ]).catch(async (error) => {
    if (isAwaited) await names.stop();
    throw error;
  });
  opened.commit();
  reportBudget(shared);
  reportBuild(shared.metrics);
  shared.metrics.gauge('svcdns_udp_transport', { transport: transport.name }).set(1);
  reportPlugins(shared.metrics, chains);
  reportNames(shared.metrics, names.sets.values());
  await chains.start();
  if (isAwaited) names.setServerAddresses(ownAddresses(sockets.addresses));
  else names.start(ownAddresses(sockets.addresses));
  shared.metrics.read('svcdns_threads', () => threads.answering);
}

function serverParts(
  shared: Shared,
  transport: UdpTransport,
  { watchers, onChanged }: AdminPages,
): ServerParts {
  const { fullTurn, datagrams, openDatagram } = transport;
  const parts = answeringParts(shared, datagrams, { fullTurn });
  const budget = descriptorBudget(openFilesLimit());
  const outgoing = new Places(budget.outgoing);
  const told = { watchers, ...(onChanged && { onChanged }) };
  return {
    ...shared,
    ...told,
    ...parts,
    budget,
    outgoing,
    openDatagram,
    cookieSeed: randomBytes(COOKIE_SEED_BYTES),
  };
}

/** The caps of settings, and no more than there may be files open. */
function limitsWithin(budget: DescriptorBudget, limits: Limits): Limits {
  const { tcpConnections, tcpConnectionsPerClient } = budget;
  return {
    ...limits,
    tcpConnections: Math.min(limits.tcpConnections, tcpConnections),
    tcpConnectionsPerClient: Math.min(limits.tcpConnectionsPerClient, tcpConnectionsPerClient),
  };
}
