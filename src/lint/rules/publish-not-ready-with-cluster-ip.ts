import { isHeadless } from '../../kube/headless.ts';
import type { Rule } from '../rule.ts';

export const publishNotReadyWithClusterIp: Rule = {
  id: 'publish-not-ready-with-cluster-ip',
  severity: 'hint',
  reason:
    'publishNotReadyAddresses changes no answer of a Service with a cluster IP: it only sends traffic to Pods that are not ready.',
  fix: 'Set it on a headless Service, whose Pods have to find each other before they are ready, or leave it out.',
  objects({ services }, found) {
    for (const object of services()) {
      if (!object.publishNotReadyAddresses || object.type === 'ExternalName') continue;
      if (isHeadless(object)) continue;
      const message =
        'publishNotReadyAddresses changes nothing in DNS, as the answer is the cluster IP: connections go to Pods that are not ready. It is for headless Services';
      found({ object, message });
    }
  },
};
