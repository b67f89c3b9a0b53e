import type { Sockets } from './sockets.ts';

/**
 * Sockets whose datagrams are worked on in the chain's turns: when a thousand upstreams' replies
 * come at once, no question for the cluster's names waits for them. `later` says false when it has
 * no room; then the datagram is lost.
 */
export function pacedSockets(sockets: Sockets, later: (work: () => void) => boolean): Sockets {
  return {
    ...sockets,
    datagram: (to, source, events) => {
      let isOver = false;
      const datagram = sockets.datagram(to, source, {
        received: (bytes) => {
          later(() => {
            if (!isOver) events.received(bytes);
          });
        },
        strayed: () => events.strayed(),
        failed: (error) => {
          isOver = true;
          events.failed(error);
        },
      });
      return {
        send: (bytes) => datagram.send(bytes),
        close: () => {
          isOver = true;
          datagram.close();
        },
      };
    },
  };
}
