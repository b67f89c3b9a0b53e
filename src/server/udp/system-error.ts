import { getSystemErrorName } from 'node:util';

/** The error that Node.js itself makes of an errno, positive here, of a system call. */
export function systemError(errno: number, syscall: string, place = '') {
  const code = getSystemErrorName(-errno);
  const message = `${syscall} ${code} ${place}`.trimEnd();
  return Object.assign(new Error(message), { code, errno: -errno, syscall });
}
