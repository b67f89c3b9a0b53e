import type { Field } from './field.ts';

/** Most paths of one Ingress that are checked. */
const MAX_PATHS = 100;

const CURRENT = 'networking.k8s.io/v1';

/**
 * Hints at backends in the form of v1beta1 and at paths without a type. A cluster refuses them, but
 * names do not depend on them.
 */
export function hintAtBackends(rules: Field): void {
  // Older versions have that form.
  if (rules.report.apiVersion !== CURRENT || !Array.isArray(rules.value)) return;
  let seen = 0;
  for (const rule of rules.list('v1.IngressRule')) {
    const paths = rule.get('http').get('paths');
    if (!Array.isArray(paths.value)) continue;
    for (const path of paths.list('v1.HTTPIngressPath')) {
      if (++seen > MAX_PATHS) return;
      hintAtPath(path);
    }
  }
}

function hintAtPath(path: Field): void {
  const pathType = path.get('pathType');
  if (!pathType.present) {
    const message = `${pathType.text()}: Required value: pathType must be specified`;
    path.note('hint', 'INGRESS_PATH', message);
  }
  const backend = path.get('backend');
  for (const field of [backend.get('serviceName'), backend.get('servicePort')]) {
    if (field.present) field.unknown('hint', 'write service: {name: …, port: {number: …}}');
  }
}
