import { expect, test } from 'vitest';
import { keyFromText, textOf } from '../../../src/dns/name.ts';
import { searchStep } from '../../../src/server/askers/search-step.ts';
import { shopServer } from './shop.ts';

const { live } = shopServer();

/** Names that do not exist; what was searched for, and the dots in it. */
test.for([
  ['api.example.com.shop.svc.cluster.local', 'api.example.com.', 2],
  ['api.example.com.svc.cluster.local', 'api.example.com.', 2],
  ['api.example.com.cluster.local', 'api.example.com.', 2],
  ['github.com.shop.svc.cluster.local', 'github.com.', 1],
  ['github.com.svc.cluster.local', 'github.com.', 1],
  ['github.com.cluster.local', 'github.com.', 1],
  // `web.shop` of a Pod in another namespace
  ['web.shop.bank.svc.cluster.local', 'web.shop.', 1],
  ['web.shop.svc.bank.svc.cluster.local', 'web.shop.svc.', 2],
  ['web.shop.svc.cluster.local.shop.svc.cluster.local', 'web.shop.svc.cluster.local.', 4],
  ['db.svc.cluster.local', 'db.', 0],
  ['db.cluster.local', 'db.', 0],
  // a Service that the namespace does not have
  ['db.shop.svc.cluster.local', undefined, 0],
  // an endpoint that the Service does not have
  ['web-9.web.shop.svc.cluster.local', undefined, 0],
  ['_http._tcp.web.shop.svc.cluster.local', undefined, 0],
  ['1-2-3-4.shop.pod.cluster.local', undefined, 0],
  ['api.example.com', undefined, 0],
  ['9.9.9.10.in-addr.arpa', undefined, 0],
  ['svc.cluster.local', undefined, 0],
  ['cluster.local', undefined, 0],
] as const)('searchStep() of %s is %s', ([name, asked, dots]) => {
  const step = searchStep(keyFromText(name), [live]);
  expect(step && [textOf(step.name), step.dots]).toEqual(asked && [asked, dots]);
});
