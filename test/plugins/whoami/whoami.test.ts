import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/whoami/index.ts';
import {
  pluginOf,
  question,
  replyLines,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const whoami = pluginOf(declared.setup, 'whoami', testContext());
const answered = async (...asked: Parameters<typeof question>) =>
  replyLines(await whoami.serve(question(...asked), upstream()));

describe('whoami', () => {
  test('tells an IPv4 client its address, port and transport', async () => {
    expect(await answered('Example.org. MX')).toEqual([
      'NOERROR',
      'Example.org. 0 IN A 10.1.2.3',
      '_udp.Example.org. 0 IN SRV 0 0 50759 .',
    ]);
  });

  test('tells an IPv6 client over TCP the same', async () => {
    const client = { address: '2001:db8::7', port: 4000 };
    expect(await answered('. A', { client, transport: 'tcp' })).toEqual([
      'NOERROR',
      '. 0 IN AAAA 2001:db8::7',
      '_tcp. 0 IN SRV 0 0 4000 .',
    ]);
  });

  test('leaves the port out where the name has no room for another label', async () => {
    const label = 'a'.repeat(63);
    const longest = `${label}.${label}.${label}.${'b'.repeat(61)}.`;
    expect(await answered(`${longest} A`)).toHaveLength(2);
    const shorter = `${label}.${label}.${label}.${'b'.repeat(56)}.`;
    expect(await answered(`${shorter} A`)).toHaveLength(3);
    expect(await answered(`${shorter.replace('b', 'bb')} A`)).toHaveLength(2);
  });

  test('answers in the class of the question', async () => {
    const { additional } = await whoami.serve(question('a. A', { qclass: 3 }), upstream());
    expect(additional.map((record) => record.class)).toEqual([3, 3]);
  });

  test('setup takes no arguments', () => {
    expect(setUp(declared.setup, 'whoami x').problems).toHaveLength(1);
  });
});
