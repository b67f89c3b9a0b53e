import { keyOf } from '../dns/name.ts';

/** The names below a zone that Services are under, and Pods (Kubernetes DNS specification, 2). */
export const SERVICES = keyOf(['svc']);
export const PODS = keyOf(['pod']);
