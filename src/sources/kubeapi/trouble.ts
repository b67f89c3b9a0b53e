import type { ApiError } from './client/api-error.ts';
import type { Resource } from './resources.ts';

/** The code of the problem that a cluster cannot be read at all, for commands that only look. */
export const UNREADABLE = 'KUBEAPI_UNREADABLE';

/** What keeps a resource from being read or followed, in words for who can fix it. */
export function troubleText({ path, apiVersion }: Resource, error: ApiError): string {
  if (error.fault === 'credentials') return error.message;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const text = `Cannot read ${name}: ${error.message}`;
  if (error.status === 401) return `${text}: expected other credentials`;
  if (error.status !== 403) return text;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const rule = `{apiGroups: ["${group}"], resources: ["${name}"], verbs: ["list", "watch"]}`;
  return `${text}: add to the rules of its ClusterRole ${rule}`;
}

/** Trying again soon is of no use: something has to be changed first. */
export function isLasting({ fault, status }: ApiError): boolean {
  return fault === 'credentials' || status === 401 || status === 403 || status === 404;
}
