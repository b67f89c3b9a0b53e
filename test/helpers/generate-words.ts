/** The words that generated worlds are made of: few, so that they meet. */

/** Legal Kubernetes names, some with a meaning elsewhere. */
export const LABELS: readonly string[] = [
  'web',
  'db',
  'shop',
  'svc',
  'pod',
  'dns',
  'ns',
  'com',
  'tcp',
  'http',
  'constructor',
  'tostring',
  'hasownproperty',
  '123',
  'x--y',
  '10-96-0-1',
  'a'.repeat(63),
];

export const PORT_NAMES: readonly string[] = ['http', 'tcp', 'udp', 'dns', 'a-15-characters'];

/** Addresses of Services, endpoints and pods alike, in canonical form. */
export const ADDRESSES: readonly string[] = [
  '10.96.0.1',
  '10.96.0.2',
  '10.244.1.1',
  '10.244.1.2',
  '192.168.7.7',
  'fd00::1',
  'fd00:96::2',
  'fd00::',
  '5678:abcd::1:2',
  '2001:db8:1:2:3:4:5:6',
];

/** Hosts outside every zone, and endings inside one. */
export const OUTSIDE: readonly string[] = [
  'www.example.com',
  '10.0.0.1',
  'fd00--1.example',
  'local',
];
