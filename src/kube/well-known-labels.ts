/** Labels that Kubernetes itself gives a meaning (kubernetes.io, "Well-Known Labels"). */

/** Whose endpoints a slice holds. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** Which controller owns a slice. */
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';

/** `true` on an Endpoints object: it is not copied into slices. */
export const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror';

/** On the slices of a headless Service. */
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
