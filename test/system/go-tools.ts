import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './command.ts';
import { requireTools } from './tools.ts';

/**
 * Kustomize and Helm in versions that Go 1.23 builds; CoreDNS needs 1.25. They are pinned: another
 * one may print the same objects otherwise.
 */
const PACKAGES = {
  kustomize: ['sigs.k8s.io/kustomize/kustomize/v5', 'v5.7.1'],
  helm: ['helm.sh/helm/v3/cmd/helm', 'v3.17.4'],
  coredns: ['github.com/coredns/coredns', 'v1.14.7'],
  'kube-apiserver': ['k8s.io/kubernetes/cmd/kube-apiserver', 'v1.34.4'],
  'kube-controller-manager': ['k8s.io/kubernetes/cmd/kube-controller-manager', 'v1.34.4'],
} as const;

/** The module that has the versions of all parts of Kubernetes. */
const KUBERNETES = fileURLToPath(new URL('../cluster/kubernetes', import.meta.url));

/** Two cores need two minutes for Helm, and six for the API server. */
export const BUILD_MS = 900_000;

/**
 * The folder with a program of this name, to be put on the PATH. It is built from its sources,
 * which the Go module proxy gives, once: it stays in the cache folder of the user.
 */
export async function goTool(name: keyof typeof PACKAGES): Promise<string> {
  const [path, version] = PACKAGES[name];
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'svcdns-tools');
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(join(folder, name))) return folder;
  requireTools('go');
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, '.building-'));
  try {
    const env = { ...process.env, GOBIN: unfinished, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
    const isOfModule = path.startsWith('k8s.io/');
    const place = isOfModule ? { cwd: KUBERNETES } : {};
    const wanted = isOfModule ? path : `${path}@${version}`;
    await output(['go', 'install', wanted], { env, timeoutMs: BUILD_MS, ...place });
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
