import type { Rule } from '../rule.ts';

/**
 * Rules whose findings come from where objects are read and names are made: `serve` says them too.
 */
export const KNOWN_PROBLEMS: readonly Rule[] = [
  {
    id: 'cluster-basics-missing',
    severity: 'hint',
    reason:
      'Every cluster has the Services kubernetes and kube-dns; names that no manifest has are NXDOMAIN here.',
    fix: 'Serve with --cluster-basics, which adds what is missing.',
  },
  {
    id: 'cluster-ip-taken',
    severity: 'warning',
    reason:
      'Two Services name the same cluster IP: a cluster refuses the second, and its reverse name is that of the first.',
    fix: 'Give each its own address, or leave clusterIP out.',
  },
  {
    id: 'hosts-unanswered',
    severity: 'hint',
    reason:
      'Host names of Ingresses, Gateways and the like are answered only when that is asked for.',
    fix: 'Serve with --gateway ZONE, or with k8s_gateway in the Corefile.',
  },
  {
    id: 'load-balancer-pending',
    severity: 'hint',
    reason:
      'A Service of type LoadBalancer without an address has no name for clients outside; its name in the cluster works.',
    fix: 'Write status.loadBalancer.ingress, or an IPAddressPool of MetalLB with free addresses.',
  },
  {
    id: 'pod-not-ready',
    severity: 'hint',
    reason:
      'A Pod with an address and without the condition Ready is no endpoint: its Services do not answer with it.',
    fix: 'Write status.conditions: [{type: Ready, status: "True"}].',
  },
  {
    id: 'pod-without-status',
    severity: 'hint',
    reason: 'A Pod without a status has no address, and so no name; a cluster fills it in.',
    fix: 'Write status.podIP and the condition Ready for a Pod that should be found.',
  },
  {
    id: 'service-without-endpoints',
    severity: 'hint',
    reason:
      'A Service without a ready endpoint leads nowhere; a headless one has no name at all: NXDOMAIN.',
    fix: 'Make the selector match the labels of Pods, or get the Pods ready; the finding says which.',
  },
  {
    id: 'slice-without-service',
    severity: 'warning',
    reason:
      'An EndpointSlice without the label kubernetes.io/service-name belongs to no Service: its endpoints are in no answer.',
    fix: 'Add the label, with the name of the Service.',
  },
  {
    id: 'corefile-nothing-answers',
    severity: 'warning',
    reason: 'A server block without a plugin that answers REFUSES every question for its zones.',
    fix: 'Write a plugin that answers, such as kubernetes or forward, or delete the block.',
  },
  {
    id: 'corefile-zone-unreached',
    severity: 'warning',
    reason:
      'A plugin serves a zone of which no question reaches its server block: those names are not answered.',
    fix: 'Add the zone to the keys of the server block, or take it from the plugin.',
  },
  {
    id: 'external-addresses-unanswered',
    severity: 'hint',
    reason:
      'Addresses of Services for clients outside are answered only when that is asked for: no name in the cluster has them.',
    fix: 'Serve with --external ZONE, or with k8s_external in the Corefile.',
  },
  {
    id: 'external-name-is-address',
    severity: 'warning',
    reason: 'An ExternalName that is an IP address gives no name: an alias needs a host name.',
    fix: 'Write a Service without a selector, and an EndpointSlice with the address.',
  },
];
