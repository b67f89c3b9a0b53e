import type { Rule } from '../rule.ts';

export const externalNameFinalDot: Rule = {
  id: 'external-name-final-dot',
  severity: 'warning',
  reason:
    'A final dot in an ExternalName changes nothing in DNS, and breaks those that take the text for a host name, such as Ingress controllers and TLS.',
  fix: 'Leave the dot out: an ExternalName is always absolute.',
  objects({ services, facts }, found) {
    for (const object of services()) {
      const alias = object.type === 'ExternalName' ? facts.alias(object) : undefined;
      if (alias?.hasFinalDot !== true) continue;
      const message = `spec.externalName: "${object.externalName}." ends with a dot, which Ingress controllers and TLS take for a part of the host's name: an ExternalName is absolute without it`;
      found({ object, message, origin: alias.origin });
    }
  },
};
