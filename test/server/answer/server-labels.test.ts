import { describe, expect, test } from 'vitest';
import { ServerLabels } from '../../../src/server/answer/server-labels.ts';

const labelsOf = (...addresses: string[]) =>
  new ServerLabels(addresses.map((address) => ({ address, port: 53 })));

describe('ServerLabels', () => {
  // As CoreDNS writes them.
  test.for([
    [[''], 'dns://:53'],
    [['0.0.0.0'], 'dns://0.0.0.0:53'],
    [['::'], 'dns://[::]:53'],
    [['127.0.0.1', '::1'], 'dns://127.0.0.1:53 dns://[::1]:53'],
    [['fe80::1%eth0'], 'dns://[fe80::1%eth0]:53'],
    [[], 'dns://:0'],
  ] as const)('of a listener on %j are %s', ([addresses, labels]) => {
    expect(labelsOf(...addresses).all.join(' ')).toBe(labels);
  });

  test.for([
    ['the address itself', ['127.0.0.1', '::1'], '::1', 'dns://[::1]:53'],
    ['the only one, whatever the address', [''], '10.0.0.7', 'dns://:53'],
    ['one of all, when the address is named', ['', '10.0.0.7'], '10.0.0.7', 'dns://10.0.0.7:53'],
    ['that of all, when it is not', ['10.0.0.7', ''], '10.0.0.8', 'dns://:53'],
    [
      'written in another way',
      ['::1', '::ffff:10.0.0.7'],
      '10.0.0.7',
      'dns://[::ffff:10.0.0.7]:53',
    ],
    [
      'link-local, without its interface',
      ['::1', 'fe80::1%lo'],
      'fe80::1',
      'dns://[fe80::1%lo]:53',
    ],
    ['the first, for an address nobody named', ['::1', '127.0.0.1'], '10.0.0.9', 'dns://[::1]:53'],
    ['the first, when the address is not known', ['::1', '127.0.0.1'], '', 'dns://[::1]:53'],
  ] as const)('find %s', ([, addresses, local, label]) => {
    const labels = labelsOf(...addresses);
    expect(labels.all[labels.placeOf(local)]).toBe(label);
  });
});
