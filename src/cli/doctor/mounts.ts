/** A line of `/proc/self/mountinfo` (proc(5)). */
export interface Mount {
  readonly point: string;
  /** `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
}

/** More mounts than any machine has that we can say something about. */
const MAX_MOUNTS = 10_000;

/** `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw`, blanks written `\040`. */
export function readMounts(text: string): Mount[] {
  return text.split('\n', MAX_MOUNTS).flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4];
    const [type = ''] = after.split(' ');
    return point === undefined || type === '' ? [] : [{ point: unescaped(point), type }];
  });
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Whether a path is this folder or below it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The mount that a path lies in: the deepest, and of two at one place the later. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    if (!isBelow(path, mount.point)) continue;
    if (found === undefined || mount.point.length >= found.point.length) found = mount;
  }
  return found;
}
