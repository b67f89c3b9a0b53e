import type { Places } from '../../../support/places.ts';
import { isShortage, ShortageError } from './shortage.ts';
import type { DatagramEvents, Sockets } from './sockets.ts';

/**
 * Sockets that each take a place until they are closed. Where there is none, and where the machine
 * has none to give, the socket fails with an error that `isShortage`, after `told`.
 */
export function boundedSockets(
  sockets: Sockets,
  places: Places,
  told: (error: Error) => void,
): Sockets {
  const look = (error: Error | undefined) => {
    if (error !== undefined && isShortage(error)) told(error);
  };
  /** Later, as the network itself tells: whoever asked for the socket does not have it yet. */
  const fail = (tell: (error: Error) => void) => {
    const error = new ShortageError(places.most);
    told(error);
    queueMicrotask(() => tell(error));
  };
  return {
    tlsFault: (tls) => sockets.tlsFault(tls),
    datagram: (to, source, events) => {
      const leave = places.take();
      if (leave === undefined) return noDatagram(events, fail);
      const socket = sockets.datagram(to, source, {
        received: (bytes) => events.received(bytes),
        strayed: () => events.strayed(),
        failed: (error) => {
          leave();
          look(error);
          events.failed(error);
        },
      });
      return {
        send: (bytes) => socket.send(bytes),
        close: () => {
          leave();
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
          look(error);
          events.closed(error);
        },
      });
    },
  };
}

function noDatagram(events: DatagramEvents, fail: (tell: (error: Error) => void) => void) {
  let isClosed = false;
  fail((error) => {
    if (!isClosed) events.failed(error);
  });
  return {
    send: () => {},
    close: () => {
      isClosed = true;
    },
  };
}
