/** The `code` of an error from node:fs, such as ENOENT; '' for any other error. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return String(error.code);
}

/** Whether an error says that there is nothing at the path. */
export function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * Why a file cannot be read, in words for whoever must act: what node:fs says, without the path,
 * which its messages repeat. The message of an error that is not the system's.
 */
export function fileFault(error: unknown): string {
  const code = errorCode(error);
  const known = FAULTS[code];
  if (known !== undefined) return known;
  const system = FAULTS_WITH_CODE[code];
  if (system !== undefined) return `${system} (${code})`;
  if (!(error instanceof Error)) return String(error);
  return 'errno' in error ? code : error.message;
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EEXIST: 'there is a file of this name',
  EFBIG: 'it is too large',
};

/** Of these people look up the code. */
const FAULTS_WITH_CODE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ELOOP: 'its links lead round in a circle',
  EMFILE: 'this process has too many files open',
  ENFILE: 'the machine has too many files open',
  ENOSPC: 'no watch is left: raise fs.inotify.max_user_watches',
  EIO: 'the disk failed',
  ESTALE: 'the network file system lost it',
};
