import { Cluster } from '../../controllers/cluster-of.ts';
import { InProcessServer } from '../../helpers/in-process.ts';
import { service, slice } from '../../registry/load-text.ts';

const WEB = [
  service('shop/web', '{clusterIP: 10.96.0.20, ports: [{name: http, port: 80}]}'),
  slice(
    'shop/web-1',
    'web',
    'addressType: IPv4, ports: [{name: http, port: 80}], endpoints: [{addresses: [10.244.0.5], hostname: web-0}]',
  ),
].join('');

const BANK = service('bank/till', '{clusterIP: 10.96.0.21, ports: [{port: 80}]}');

/** A server with the Services shop/web, which has the endpoint 10.244.0.5, and bank/till. */
export function shopServer(): InProcessServer {
  const cluster = new Cluster({ 'shop.yaml': WEB, 'bank.yaml': BANK });
  return new InProcessServer().load(['shop', 'bank'].map((name) => cluster.view(name)));
}
