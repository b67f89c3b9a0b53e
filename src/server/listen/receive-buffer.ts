import type { Logger } from '../../observe/log.ts';
import { UDP_RECEIVE_BUFFER_BYTES } from '../limits.ts';

/**
 * Logs what the kernel grants of the receive buffer that UDP sockets ask for, and how to get more.
 */
export function reportReceiveBuffer(log: Logger, grantedBytes: number): void {
  const fields = { receiveBufferBytes: grantedBytes, asked: UDP_RECEIVE_BUFFER_BYTES };
  if (grantedBytes >= UDP_RECEIVE_BUFFER_BYTES) log.debug(fields, 'UDP receive buffer');
  else log.info(fields, SMALL_BUFFER);
}

const SMALL_BUFFER =
  'The kernel grants a smaller UDP receive buffer than asked for; a burst of queries may be lost. ' +
  `More: sudo sysctl net.core.rmem_max=${UDP_RECEIVE_BUFFER_BYTES}`;
