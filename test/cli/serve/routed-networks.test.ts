import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { type NetworkFacts, routedNetworks } from '../../../src/cli/serve/routed-networks.ts';
import { addressBytes } from '../../../src/dns/address.ts';

const HEAD =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT \n';
const HOME = 'eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0   \n'; // 192.168.0.0/24
const DEFAULT = 'eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0   \n';
const HALF = 'tun0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0   \n'; // 0.0.0.0/1
const VPN = 'tun0\t0000600A\t0100A8C0\t0003\t0\t0\t0\t0000F0FF\t0\t0\t0   \n'; // 10.96.0.0/12
const REJECTED = VPN.replace('0003', '0203');

const zero = '0'.repeat(32);
const line6 = (destination: string, length: string, flags: string) =>
  `${destination.padEnd(32, '0')} ${length} ${zero} 00 ${zero} 00000400 00000001 00000000 ${flags}     eth0\n`;
const VPN6 = line6('fd0000100096', '40', '00000003'); // fd00:10:96::/64
const DEFAULT6 = line6('', '00', '00000003') + line6('20', '03', '00000003');

const LO = { cidr: '127.0.0.1/8' } as NetworkInterfaceInfo;
const POD = { cidr: '172.18.0.3/16' } as NetworkInterfaceInfo;
const NO_CIDR = { cidr: null } as NetworkInterfaceInfo;
const NOTHING: NetworkFacts = { interfaces: {}, routes: '', routes6: '' };

test.for<readonly [string, Partial<NetworkFacts>, string, boolean]>([
  ['nothing known', {}, '10.96.0.7', false],
  ['garbage', { routes: `${HEAD}x\n\n1 2\n`, routes6: 'zz 1\n' }, '10.96.0.7', false],
  ['an interface of its network', { interfaces: { lo: [LO] } }, '127.96.0.7', true],
  ['an interface of another', { interfaces: { lo: [LO], eth0: [POD] } }, '10.96.0.7', false],
  ['an interface without a network', { interfaces: { eth0: [NO_CIDR] } }, '10.96.0.7', false],
  ['a default route', { routes: HEAD + DEFAULT + HOME }, '10.96.0.7', false],
  ['the halves of a default route', { routes: HEAD + HALF }, '10.96.0.7', false],
  ['a route of its own', { routes: HEAD + DEFAULT + VPN }, '10.96.0.7', true],
  ['the last address of that route', { routes: HEAD + VPN }, '10.111.255.255', true],
  ['an address after that route', { routes: HEAD + VPN }, '10.112.0.0', false],
  ['a route that turns it away', { routes: HEAD + REJECTED }, '10.96.0.7', false],
  ['an IPv6 route', { routes6: VPN6 }, 'fd00:10:96::7', true],
  ['an IPv6 route to another network', { routes6: VPN6 }, 'fd00:10:97::7', false],
  ['IPv6 default routes', { routes6: DEFAULT6 }, '2001:db8::7', false],
  [
    'an IPv6 route that turns it away',
    { routes6: VPN6.replace('00000003', '00200200') },
    'fd00:10:96::7',
    false,
  ],
])('routedNetworks(): %s', ([, facts, address, isRouted]) => {
  const networks = routedNetworks({ ...NOTHING, ...facts });
  expect(networks.has(addressBytes(address)!)).toBe(isRouted);
});
