import { counted } from '../../report/problem-text.ts';
import { type Check, type Finding, info, ok, warn } from '../finding.ts';
import { followedManifests } from './mounts.ts';

const WATCHES = 'fs.inotify.max_user_watches';
const INSTANCES = 'fs.inotify.max_user_instances';

/** All programs of the user share the watches, so ours should need no more than half of them. */
const SHARE = 1 / 2;

/** Enough for a monorepo: what editors ask their users to set. */
const ENOUGH_WATCHES = 524_288;

/** A control thread has one for its folders, and desktops use some dozen. */
const LEAST_INSTANCES = 64;

/** Whether the kernel lets us watch so many folders; else they are looked at every second. */
export const watches: Check = {
  id: 'inotify',
  run(examination) {
    const { machine } = examination;
    if (machine.platform !== 'linux') return [];
    const { files, folders } = machine.scan(followedManifests(examination));
    const most = Number(machine.read(procOf(WATCHES)));
    const instances = Number(machine.read(procOf(INSTANCES)));
    const needed = `${counted(files.length, 'file')} in ${counted(folders.size, 'folder')}`;
    if (!(most > 0 && instances > 0)) return [info(`${needed}; the limits cannot be read`)];
    const findings: Finding[] = [];
    if (folders.size > most * SHARE) {
      const text = `${needed} need ${folders.size} watches, of ${most} for all programs of this user (${WATCHES})`;
      findings.push(warn(text, `sudo sysctl ${WATCHES}=${ENOUGH_WATCHES}`));
    }
    if (instances < LEAST_INSTANCES) {
      const text = `${INSTANCES} is ${instances}, for all programs of this user`;
      findings.push(warn(text, `sudo sysctl ${INSTANCES}=128`));
    }
    if (findings.length > 0) return findings;
    return [ok(`${needed}: ${folders.size} of ${most} watches`)];
  },
};

function procOf(sysctl: string): string {
  return `/proc/sys/${sysctl.replaceAll('.', '/')}`;
}
