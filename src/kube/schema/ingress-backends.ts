import type { Field } from './field.ts';

/** Paths of one Ingress that are looked at. */
const MAX_PATHS = 100;

const CURRENT = 'networking.k8s.io/v1';

/**
 * Hints at backends in the form of v1beta1, and at paths without a type: a cluster refuses them,
 * and names do not depend on them.
 */
export function hintAtBackends(rules: Field): void {
  // In an older version that form is the right one.
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
