import { describe, expect, test } from 'vitest';
import { addressAndPort } from '../../../src/dns/address.ts';
import { listenError } from '../../../src/server/listen/listen-error.ts';

describe('listenError()', () => {
  test.for([
    [
      '127.0.0.1',
      53,
      'EACCES',
      'Cannot listen on 127.0.0.1:53 (udp): permission denied: port 53 needs a privilege. ' +
        'Use another port (--listen 127.0.0.1:1053), or give Node.js the privilege: ' +
        `sudo setcap 'cap_net_bind_service=+ep' "$(readlink -f "$(which node)")", ` +
        'or drop the need for it: sudo sysctl net.ipv4.ip_unprivileged_port_start=53',
    ],
    [
      '192.0.2.1',
      53,
      'EADDRNOTAVAIL',
      'Cannot listen on 192.0.2.1:53 (udp): this machine has no such address. ' +
        'Use one that it has (ip -brief address)',
    ],
    [
      '::1',
      53,
      'EAFNOSUPPORT',
      'Cannot listen on [::1]:53 (udp): this machine has no IPv6. Leave this address out',
    ],
    [
      'fe80::1',
      53,
      'EINVAL',
      'Cannot listen on [fe80::1]:53 (udp): a link-local address needs its interface. ' +
        'Write fe80::1%eth0, or whichever it is',
    ],
    [
      '127.0.0.1',
      53,
      'EMFILE',
      'Cannot listen on 127.0.0.1:53 (udp): this process has as many files open as it may. Raise the limit (ulimit -n 4096), or listen on fewer addresses',
    ],
    ['127.0.0.1', 53, 'ENOMEM', 'Cannot listen on 127.0.0.1:53 (udp): what the kernel said'],
  ] as const)('of %s port %d with %s tells what to do', async ([address, port, code, expected]) => {
    const cause = Object.assign(new Error('what the kernel said'), { code });
    const error = await listenError({ address, port, protocol: 'udp', cause }, '--listen');
    expect(error.message).toBe(expected);
    expect(error).toMatchObject({ code, address, port, protocol: 'udp', cause });
  });
});

test.for([
  ['127.0.0.1', '127.0.0.1:53'],
  ['::1', '[::1]:53'],
  ['fe80::1%eth0', '[fe80::1%eth0]:53'],
  ['', ':53'],
] as const)('addressAndPort() of "%s" is %s', ([address, expected]) => {
  expect(addressAndPort({ address, port: 53 })).toBe(expected);
});
