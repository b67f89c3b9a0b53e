import { dirname, resolve } from 'node:path';
import { manifestsOf } from '../../../config/name-sources.ts';
import { manifestPaths } from '../../../sources/folder/render/rendered-source.ts';
import { STDIN } from '../../../sources/standard-input.ts';
import { displayName } from '../../../support/paths.ts';
import { type Check, type Examination, type Finding, info, ok, warn } from '../finding.ts';
import { isBelow, mountOf, readMounts } from '../mounts.ts';

/** File systems that do not tell when another machine has changed a file. */
const SILENT = /^(?:nfs\d*|cifs|smb\d*|9p|vboxsf|fuse\.(?:sshfs|vmhgfs-fuse))$/;

/** Mounts that are shown. */
const MAX_SHOWN = 5;

/** Whether edits of manifests and of the Corefile can be seen through the mounts they lie in. */
export const mounts: Check = {
  id: 'mounts',
  run(examination) {
    const text = examination.machine.read('/proc/self/mountinfo');
    if (text === undefined) return [];
    const all = readMounts(text);
    const paths = followedPaths(examination);
    const files = all
      .map(({ point }) => point)
      .filter((point) => paths.some((path) => isBelow(point, path)))
      .filter((point) => examination.machine.kind(point) === 'file');
    const findings = [...new Set(files)]
      .slice(0, MAX_SHOWN)
      .map((point) => single(point, examination));
    for (const path of paths) {
      const type = mountOf(path, all)?.type ?? '';
      if (SILENT.test(type)) findings.push(silent(path, type, examination));
    }
    if (findings.length > 0) return findings;
    return [ok('edits of manifests and Corefile are seen: none is mounted as a single file')];
  },
};

/** What `serve` follows: the Corefile, and manifests with their folders. */
export function followedPaths(examination: Examination): readonly string[] {
  const { file, isBuiltIn } = examination.settings.corefile;
  const corefile = isBuiltIn ? [] : [resolve(examination.cwd, file)];
  return [...corefile, ...followedManifests(examination)];
}

/** Files and folders of manifests, each once. */
export function followedManifests({ settings }: Examination): readonly string[] {
  const manifests = manifestsOf(settings).filter((path) => path !== STDIN);
  return [...new Set(manifests.flatMap(manifestPaths))];
}

/** A file that is mounted is an inode: one that is renamed over it stays outside. */
function single(point: string, { cwd }: Examination): Finding {
  const text = `${displayName(point, cwd)} is mounted as a single file: most editors, and a ConfigMap with subPath, put a new file in its place, which is not seen here`;
  return warn(text, `mount its folder: -v FOLDER:${dirname(point)}:ro`);
}

function silent(path: string, type: string, { cwd, settings }: Examination): Finding {
  const seconds = settings.options.rescanSeconds;
  const text = `${displayName(path, cwd)} is on ${type}, where changes made elsewhere are seen at a rescan only, every ${seconds} s`;
  return info(text, 'SVCDNS_RESCAN=5 svcdns serve');
}
