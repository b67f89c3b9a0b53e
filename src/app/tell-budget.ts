import { isTight } from '../support/descriptor-budget.ts';
import type { ServerParts } from './shared.ts';

/**
 * Shows how the files that may be open are shared out, and logs it when there are fewer than all
 * uses want.
 */
export function tellBudget({ budget, outgoing, log, metrics }: ServerParts): void {
  const { limit, tcpConnections, tcpConnectionsPerClient, admin, reserve } = budget;
  const uses = {
    process: limit,
    tcp: tcpConnections,
    tcp_client: tcpConnectionsPerClient,
    forward: budget.outgoing,
    admin,
    reserve,
  };
  for (const [use, files] of Object.entries(uses)) {
    metrics.gauge('svcdns_open_files_limit', { use }).set(files);
  }
  metrics.read('svcdns_forward_sockets', () => outgoing.taken);
  if (isTight(budget)) log.warn({ ...budget }, TIGHT);
}

const TIGHT =
  'This process may have few files open, so there are fewer connections for clients, forwarding and ' +
  'the admin port. More: ulimit -n 4096, LimitNOFILE=4096 in a systemd unit, --ulimit nofile=4096 for docker run';
