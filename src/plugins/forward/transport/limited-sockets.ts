import { LogLimiter } from '../../../observe/log.ts';
import type { Counter } from '../../../observe/metrics.ts';
import type { Places } from '../../../support/slots.ts';
import type { PluginContext } from '../../plugin.ts';
import { FORWARD_METRICS } from '../metrics.ts';
import type { Sockets } from './sockets.ts';

/** At most one line in this time about what lasts; ms. */
const LOG_EVERY_MS = 10_000;

/**
 * Why a socket failed although nothing is wrong with the upstream: all our places for sockets are
 * taken; this process (EMFILE) or the machine (ENFILE) has no descriptor left; the kernel has no
 * buffer or no memory.
 */
const LOCAL_CODES = ['EPLACES', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'] as const;

/** Whether a socket failed because of this machine, which says nothing about the upstream. */
export function isLocalFailure(error: NodeJS.ErrnoException): boolean {
  return (LOCAL_CODES as readonly (string | undefined)[]).includes(error.code);
}

/**
 * Why a query fails whose reply has come while too many wait for their turn. Not a shortage of
 * sockets: `svcdns_chain_replies_dropped_total` counts it.
 */
export function noRoomForReply(): Error {
  const text = 'too many replies wait for their turn';
  return Object.assign(new Error(text), { code: 'ENOBUFS' });
}

/** Counts local failures by their code, and logs one now and then. */
export function localFailureReporter({
  metrics,
  log,
  clock,
}: Pick<PluginContext, 'metrics' | 'log' | 'clock'>): (error: NodeJS.ErrnoException) => void {
  const counters = new Map<string | undefined, Counter>(
    LOCAL_CODES.map((reason) => [
      reason,
      metrics.of(FORWARD_METRICS).counter('svcdns_forward_socket_shortages_total', { reason }),
    ]),
  );
  const limiter = new LogLimiter(() => clock.now(), LOG_EVERY_MS);
  const text =
    'No socket for asking another server: too much is open here. More may be with a higher limit (ulimit -n)';
  return (error) => {
    counters.get(error.code)?.add(1);
    limiter.log((leftOut) => log.warn({ error: error.message, leftOut }, text));
  };
}

export interface SocketLimits {
  /** Each socket takes one until it is closed. Without a free one it fails, as `EPLACES`. */
  readonly places: Places;
  /** Called for each local failure. */
  readonly report: (error: Error) => void;
  /**
   * Runs the work on a datagram in the plugins' turn, so that a thousand replies at once do not
   * hold up the cluster's names. Returns false when it has no room: then the datagram is lost, and
   * the socket fails, as nobody else would tell who waits. Without it, the work is done at once.
   */
  readonly later: ((work: () => void) => boolean) | undefined;
}

/** Sockets within limits. */
export function limitedSockets(sockets: Sockets, { places, report, later }: SocketLimits): Sockets {
  const reportLocal = (error: Error | undefined) => {
    if (error !== undefined && isLocalFailure(error)) report(error);
  };
  /** Fails in a microtask: the caller does not have its socket yet. */
  const fail = (failed: (error: Error) => void) => {
    const text = `all ${places.most} sockets for asking other servers are in use`;
    const error = Object.assign(new Error(text), { code: 'EPLACES' });
    report(error);
    queueMicrotask(() => failed(error));
  };
  return {
    tlsFault: (tls) => sockets.tlsFault(tls),
    datagram: (to, source, events) => {
      const leave = places.take();
      let isOver = false;
      if (leave === undefined) {
        fail((error) => {
          if (!isOver) events.failed(error);
        });
        return {
          send: () => {},
          close: () => {
            isOver = true;
          },
        };
      }
      const end = () => {
        isOver = true;
        leave();
      };
      const socket = sockets.datagram(to, source, {
        received: (bytes) => {
          if (events.takes?.(bytes) === true) return;
          if (later === undefined) return events.received(bytes);
          const hasRoom = later(() => {
            if (!isOver) events.received(bytes);
          });
          if (hasRoom || isOver) return;
          end();
          socket.close();
          events.failed(noRoomForReply());
        },
        strayed: () => events.strayed(),
        failed: (error) => {
          end();
          reportLocal(error);
          events.failed(error);
        },
      });
      return {
        send: (bytes) => socket.send(bytes),
        close: () => {
          end();
          socket.close();
        },
      };
    },
    stream: (to, source, tls, events) => {
      const leave = places.take();
      if (leave === undefined) {
        fail((error) => events.closed(error));
        return { write: () => {}, close: () => {} };
      }
      return sockets.stream(to, source, tls, {
        opened: () => events.opened(),
        received: (chunk) => events.received(chunk),
        closed: (error) => {
          leave();
          reportLocal(error);
          events.closed(error);
        },
      });
    },
  };
}
