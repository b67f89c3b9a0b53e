import { describe, expect, onTestFinished, test } from 'vitest';
import { fromNext, healthy, World } from './world.ts';

describe('setup()', () => {
  const mistakes: [directives: string, ...problems: string[]][] = [
    [
      'forward',
      "2:1 plugin/forward: Wrong argument count or unexpected line ending after 'forward': expected at least 2",
    ],
    [
      'forward .',
      "2:1 plugin/forward: Wrong argument count or unexpected line ending after 'forward': expected at least 2",
    ],
    [
      'forward . 10.0.0.300',
      '2:11 plugin/forward: not an IP address, file, or valid domain: "10.0.0.300"',
    ],
    [
      'forward . 10.0.0.1:0',
      '2:11 plugin/forward: not an IP address, file, or valid domain: "10.0.0.1:0"',
    ],
    [
      'forward . /etc/missing.conf',
      "2:11 warning plugin/forward: '/etc/missing.conf' names no server to forward to: there is no such file; names are not forwarded until it does",
    ],
    [
      'forward . etc/missing.conf',
      '2:11 plugin/forward: not an IP address, file, or valid domain: "etc/missing.conf"',
    ],
    [
      'forward . 10.0.0.0/24',
      '2:11 plugin/forward: not an IP address, file, or valid domain: "10.0.0.0/24"',
    ],
    [
      'forward . __PILLAR__CLUSTER__DNS__',
      '2:11 plugin/forward: failed to resolve "__PILLAR__CLUSTER__DNS__": it is a placeholder of NodeLocal DNSCache\'s template: expected an address in its place, that of the Service kube-dns-upstream or of other servers',
    ],
    [
      'forward . https://10.0.0.1',
      '2:11 plugin/forward: https:// upstreams are not offered: expected an address, dns://, tls:// or a file like resolv.conf',
    ],
    [
      'forward . ftp://10.0.0.1',
      "2:11 plugin/forward: unknown protocol 'ftp://': expected an address, dns://, tls:// or a file like resolv.conf",
    ],
    [
      'forward . tls://dns.example:853%name.example',
      '2:11 plugin/forward: not an IP address, file, or valid domain: "tls://dns.example:853%name.example"',
    ],
    [
      'forward . empty.conf',
      "2:11 warning plugin/forward: '/etc/empty.conf' names no server to forward to: it has no nameserver line with an address; names are not forwarded until it does",
    ],
    [
      `forward . ${Array.from({ length: 16 }, (_, i) => `10.0.0.${i}`).join(' ')}`,
      '2:151 plugin/forward: more than 15 TOs configured: 16',
    ],
    [
      'forward . 1.1.1.1 {\nmax_fials 3\n}',
      "3:1 plugin/forward: unknown property 'max_fials': did you mean 'max_fails'?",
    ],
    [
      'forward . 1.1.1.1 {\nforce_tcp yes\n}',
      "3:11 plugin/forward: Wrong argument count or unexpected line ending after 'force_tcp': expected no argument",
    ],
    ['forward . 1.1.1.1 {\nexpire -1s\n}', "3:8 plugin/forward: expire can't be negative: -1s"],
    [
      'forward . 1.1.1.1 {\nexpire 10\n}',
      "3:8 plugin/forward: expire: invalid duration '10': expected one like 10s or 1m30s",
    ],
    [
      'forward . 1.1.1.1 {\nmax_age 5s\n}',
      '3:1 plugin/forward: max_age (5000 ms) must not be less than expire (10000 ms)',
    ],
    [
      'forward . 1.1.1.1 {\nread_timeout 0\n}',
      '3:14 plugin/forward: read_timeout must be greater than 0',
    ],
    [
      'forward . 1.1.1.1 {\nmax_concurrent -4\n}',
      "3:16 plugin/forward: max_concurrent can't be negative: -4",
    ],
    [
      'forward . 1.1.1.1 {\nmax_fails many\n}',
      "3:11 plugin/forward: max_fails: expected a whole number, found 'many'",
    ],
    [
      'forward . 1.1.1.1 {\npolicy best\n}',
      "3:8 plugin/forward: unknown policy 'best': expected one of random, round_robin, sequential",
    ],
    [
      'forward . 1.1.1.1 {\nhealth_check 5s fast domain a..b\n}',
      '3:17 plugin/forward: health_check: unknown option fast',
      '3:29 plugin/forward: health_check: invalid domain name a..b',
    ],
    ['forward . 1.1.1.1 {\nnext NXDOMIAN\n}', '3:6 plugin/forward: NXDOMIAN is not a valid rcode'],
    [
      'forward . 1.1.1.1 {\nfailover NOERROR\n}',
      '3:1 plugin/forward: NoError cannot be used in failover directive',
    ],
    [
      'forward . 1.1.1.1 {\ndoh_method GET\n}',
      '3:1 plugin/forward: doh_method: https:// upstreams are not offered',
    ],
    [
      'forward . 1.1.1.1 {\nsource_address me\n}',
      "3:16 plugin/forward: source_address: expected an IP address, found 'me'",
    ],
    [
      'forward . 1.1.1.1 {\nresolver name\n}',
      "3:10 plugin/forward: resolver: expected an IP address, found 'name'",
    ],
    [
      'forward . tls://1.1.1.1 {\ntls a.pem b.pem\n}',
      "3:5 plugin/forward: Cannot read 'a.pem': not a file",
      "3:11 plugin/forward: Cannot read 'b.pem': not a file",
    ],
    [
      'forward . 1.1.1.1 {\nmax_concurrent_per_client all\n}',
      "3:27 plugin/forward: max_concurrent_per_client: expected a whole number, found 'all'",
    ],
    [
      'forward . tls://1.1.1.1%one {\ntls_servername two\n}',
      "2:11 plugin/forward: tls_servername cannot be used with the name in 'tls://1.1.1.1%one'",
    ],
    [
      'forward 10.0.0.0/15 1.1.1.1',
      "2:9 warning plugin/forward: Unsupported CIDR notation: '10.0.0.0/15' is 2 zones, only the first is forwarded",
    ],
  ];
  test.for(mistakes)('%s', ([directives, ...problems]) => {
    const world = new World();
    world.files.set('/etc/empty.conf', 'search example.org\n');
    const result = world.setUp(directives);
    expect(result.problems).toEqual(problems);
    expect(result.plugin === undefined).toBe(!problems[0]?.includes('warning'));
  });

  test('takes every option of CoreDNS', () => {
    const world = new World();
    for (const file of ['cert', 'key', 'ca']) world.files.set(`/etc/${file}`, file);
    world.files.set('/etc/resolv.conf', 'nameserver 10.0.0.9\n');
    const { problems } =
      world.setUp(`forward example.org 10.0.0.1 10.0.0.2:5353 [fd00::1]:53 fd00::2 fe80::1%eth0 /etc/resolv.conf dns://10.0.0.3 tls://10.0.0.4:8853 dns.example.net {
      except a.example.org 10.0.0.0/8
      force_tcp
      prefer_udp
      expire 20s
      max_age 1m
      max_idle_conns 5
      read_timeout 3s
      max_fails 3
      max_connect_attempts 4
      tls cert key ca
      tls_servername dns.example
      policy round_robin
      health_check 1s no_rec domain example.org
      max_concurrent 500
      max_concurrent_per_client 50
      max_concurrent_per_domain 0
      next NXDOMAIN REFUSED
      next_on_nodata
      failover SERVFAIL REFUSED
      failfast_all_unhealthy_upstreams
      source_address 192.0.2.5
      resolver 10.0.0.5 10.0.0.6:5353
    }`);
    expect(problems).toEqual([]);
  });
});

describe('where upstreams come from', () => {
  test('a file like resolv.conf is read again when it changes', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    world.files.set('/etc/resolv.conf', 'search a.org\nnameserver 10.0.0.1\noptions ndots:5\n');
    const plugin = await world.forward('forward . resolv.conf');
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
    world.files.set('/etc/resolv.conf', 'nameserver 10.0.0.2\n');
    await world.advance(2100, 100);
    expect(await world.ask(plugin, 'b.org')).toContain('192.0.2.2');
    for (const broken of ['', '# none\n', 'nameserver nonsense\n']) {
      world.files.set('/etc/resolv.conf', broken);
      await world.advance(2100, 100);
      expect(await world.ask(plugin, 'c.org')).toContain('192.0.2.2');
    }
    world.files.delete('/etc/resolv.conf');
    await world.advance(2100, 100);
    expect(await world.ask(plugin, 'd.org')).toContain('192.0.2.2');
  });

  test.for([
    ['that is not there', undefined],
    ['without a nameserver', 'search a.org\n'],
  ])('a file %s is waited for', async ([, text]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    if (text !== undefined) world.files.set('/run/resolv.conf', text);
    const { plugin } = world.setUp('forward . /run/resolv.conf');
    await plugin?.start();
    onTestFinished(() => plugin?.stop());
    const asked = world.request('a.org');
    const refused = await plugin!.serve(asked, fromNext);
    expect(refused.rcode).toBe(2);
    expect(refused.error).toEqual({ code: 22, text: 'no upstream to forward to' });
    await world.advance(10_000, 100);
    expect(world.lines.map((line) => JSON.parse(line).msg)).toEqual([
      '/run/resolv.conf names no nameserver: names are not forwarded until it does',
      'no upstream to forward to',
    ]);
    world.files.set('/run/resolv.conf', 'nameserver 10.0.0.1\n');
    await world.advance(2100, 100);
    expect(await world.ask(plugin!, 'a.org')).toContain('192.0.2.1');
  });

  test('a name is looked up at the start and again, and waited for', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . dns.example.net');
    expect(await world.ask(plugin, 'a.org')).toMatch(/^SERVFAIL EDE22/);
    world.hosts.set('dns.example.net', ['10.0.0.1']);
    await world.advance(5100, 100);
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
    expect(world.lines.join('')).toContain('cannot find the address of an upstream');
  });

  test('the same address twice is one upstream', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {});
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.1:53 dns://10.0.0.1');
    await world.ask(plugin, 'a.org');
    expect(await world.metric('svcdns_forward_upstream_up')).toHaveLength(1);
  });
});

describe('an upstream that is this server', () => {
  const rows: [upstream: string, listening: string, isOwn: boolean][] = [
    ['127.0.0.1', '127.0.0.1 53', true],
    ['127.0.0.1', '127.0.0.1 1053', false],
    ['127.0.0.53', '127.0.0.1 53', false],
    ['127.0.0.53', '0.0.0.0 53', true],
    ['192.0.2.5', '0.0.0.0 53', true],
    ['192.0.2.6', '0.0.0.0 53', false],
    ['192.0.2.5', ':: 53', true],
    ['0.0.0.0', '127.0.0.1 53', true],
    ['::1', ':: 53', true],
    ['[::1]:5353', ':: 5353', true],
    ['fd00:0::1', 'fd00::1 53', true],
    ['::ffff:127.0.0.1', '127.0.0.1 53', true],
  ];
  test.for(rows)('%s, while we listen on %s: %s', async ([upstream, listening, isOwn]) => {
    const world = new World();
    const [address = '', port] = listening.split(' ');
    world.own = [{ address, port: Number(port) }];
    world.local = ['192.0.2.5'];
    const plugin = await world.forward(`forward . ${upstream}`);
    const reply = await world.ask(plugin, 'a.org');
    expect(world.lines.join('').includes('is this server itself: it is not asked')).toBe(isOwn);
    expect(reply).toBe(isOwn ? 'SERVFAIL EDE22' : 'SERVFAIL EDE23');
    expect(await world.metric('svcdns_loop_detected')).toEqual([
      `svcdns_loop_detected{server="dns://:53",zone="."} ${isOwn ? 1 : 0}`,
    ]);
  });

  test('is reported once, with the place that names it, and asked when it is us no more', async () => {
    const world = new World();
    world.own = [{ address: '127.0.0.1', port: 53 }];
    world.files.set('/etc/resolv.conf', '# ours\nnameserver 127.0.0.1\n');
    world.network.upstreams.set('127.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . 127.0.0.1\nforward example.org /etc/resolv.conf');
    await world.advance(10_000, 100);
    const reported = world.lines.map((line) => JSON.parse(line).msg);
    expect(reported).toEqual([
      '/Corefile:2:11: the upstream 127.0.0.1:53 is this server itself: it is not asked',
      '/etc/resolv.conf:2: the upstream 127.0.0.1:53 is this server itself: it is not asked',
    ]);
    world.own = [];
    await world.advance(2000, 100);
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
    expect((await world.metric('svcdns_loop_detected')).map((line) => line.split(' ')[1])).toEqual([
      '0',
      '0',
    ]);
  });

  test('counts no more when the plugin stops', async () => {
    const world = new World();
    world.own = [{ address: '127.0.0.1', port: 53 }];
    const plugin = await world.forward('forward . 127.0.0.1');
    await plugin.stop();
    expect(await world.metric('svcdns_loop_detected')).toEqual([
      'svcdns_loop_detected{server="dns://:53",zone="."} 0',
    ]);
  });

  test('is passed over for the others', async () => {
    const world = new World();
    world.own = [{ address: '0.0.0.0', port: 53 }];
    world.files.set('/etc/resolv.conf', 'nameserver 127.0.0.1\nnameserver 10.0.0.1\n');
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . /etc/resolv.conf');
    for (let i = 0; i < 20; i++)
      expect(await world.ask(plugin, `n${i}.org`)).toContain('192.0.2.1');
    expect(world.asked.every((line) => line.startsWith('udp 10.0.0.1'))).toBe(true);
  });
});
