import { describe, expect, test } from 'vitest';
import { clusterIps } from '../../../../src/cli/doctor/checks/cluster-ips.ts';
import { localNames } from '../../../../src/cli/doctor/checks/local-names.ts';
import { pod } from '../../../../src/cli/doctor/checks/pod.ts';
import { port } from '../../../../src/cli/doctor/checks/port.ts';
import { resolvConf } from '../../../../src/cli/doctor/checks/resolv-conf.ts';
import { Rcode } from '../../../../src/dns/codes.ts';
import type { PortHolder } from '../../../../src/server/listen/port-holder.ts';
import { addressRecord, answer, type FakeWorld, found } from '../world.ts';

type Row = readonly [name: string, world: FakeWorld, lines: readonly string[]];

const process = (name: string, pid = 7): PortHolder => ({ kind: 'process', name, pid });

describe('the check of ports', () => {
  const STATUS = 'Name:\tnode\nCapEff:\t0000000000000000\n';
  const PRIVILEGED = { '/proc/self/status': STATUS.replace('0\n', '0400\n') };
  test.for<Row>([
    ['free', {}, ['ok: 127.0.0.1:1053, [::1]:1053 can be listened on, over UDP and TCP']],
    [
      'free, without IPv6',
      { hasIpv6: false },
      ['ok: 127.0.0.1:1053 can be listened on, over UDP and TCP'],
    ],
    [
      'a server of ours',
      {
        holders: {
          'udp 127.0.0.1:1053': process('svcdns'),
          'tcp 127.0.0.1:1053': process('svcdns'),
        },
      },
      [
        'ok: 127.0.0.1:1053 (udp), 127.0.0.1:1053 (tcp) are held by svcdns (pid 7): a server is running',
      ],
    ],
    [
      'systemd-resolved',
      {
        flags: { listen: ['127.0.0.53:53'] },
        holders: { 'udp 127.0.0.53:53': process('systemd-resolve') },
      },
      [
        'fail: 127.0.0.53:53 (udp) is held by systemd-resolve (pid 7), the stub resolver of systemd-resolved | svcdns serve --listen 127.0.0.53:1053',
      ],
    ],
    [
      'two others, of which one hides, for every address',
      {
        flags: { listen: [':53'] },
        holders: {
          'tcp ::1:53': { kind: 'hidden' },
          'udp 127.0.0.1:53': process('dnsmasq'),
        },
      },
      [
        'fail: 127.0.0.1:53 (udp) is held by dnsmasq (pid 7) | svcdns serve --listen 127.0.0.1:1053',
        "fail: [::1]:53 (tcp) is held by another user's process | sudo ss -ltnp 'sport = :53'",
      ],
    ],
    [
      'a server of ours that only root can see, and one behind docker-proxy',
      {
        holders: {
          'udp 127.0.0.1:1053': { kind: 'hidden' },
          'tcp ::1:1053': process('docker-proxy'),
        },
        answers: {
          'udp 127.0.0.1:1053 cluster.local. SOA': answer(Rcode.NOERROR, [
            addressRecord('192.0.2.1'),
          ]),
          'udp ::1:1053 cluster.local. SOA': answer(Rcode.NOERROR, [addressRecord('192.0.2.1')]),
        },
      },
      [
        "ok: 127.0.0.1:1053 (udp) is held by another user's process, which answers for our zone: a server is running",
        'ok: [::1]:1053 (tcp) is held by docker-proxy (pid 7): a server is running',
      ],
    ],
    [
      'systemd-resolved, which only root can see',
      {
        flags: { listen: ['127.0.0.53:53'] },
        holders: { 'udp 127.0.0.53:53': { kind: 'hidden' } },
      },
      [
        "fail: 127.0.0.53:53 (udp) is held by another user's process, by its address systemd-resolved | sudo ss -lunp 'sport = :53'",
      ],
    ],
    [
      'no privilege',
      { flags: { listen: ['127.0.0.1:53'] }, files: { '/proc/self/status': STATUS } },
      [
        'fail: port 53 needs a privilege that this user lacks (CAP_NET_BIND_SERVICE): use another port, --listen 127.0.0.1:1053, or lift the limit | sudo sysctl net.ipv4.ip_unprivileged_port_start=53',
      ],
    ],
    [
      'no need for one',
      {
        flags: { listen: ['127.0.0.1:53'] },
        files: {
          '/proc/self/status': STATUS,
          '/proc/sys/net/ipv4/ip_unprivileged_port_start': '0\n',
        },
      },
      ['ok: 127.0.0.1:53 can be listened on, over UDP and TCP'],
    ],
    [
      'the privilege',
      { flags: { listen: ['127.0.0.1:53'] }, files: PRIVILEGED },
      ['ok: 127.0.0.1:53 can be listened on, over UDP and TCP'],
    ],
    [
      'left open',
      { flags: { listen: ['127.0.0.1:0'] } },
      ['info: the system chooses the port at each start'],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(port, world)).toEqual(lines));
});

describe('the check of resolv.conf', () => {
  const at = (text: string, more: FakeWorld = {}): FakeWorld => ({
    ...more,
    files: { '/etc/resolv.conf': text },
  });
  const own = { flags: { listen: ['127.0.0.1:53'] } };
  const ASK = 'docs/resolvers.md: Sending names to svcdns';
  test.for<Row>([
    ['none', {}, ['warn: /etc/resolv.conf cannot be read: programs ask 127.0.0.1, port 53']],
    [
      'macOS',
      { platform: 'darwin' },
      ['info: programs of macOS do not go by /etc/resolv.conf | scutil --dns'],
    ],
    ['Windows', { platform: 'win32' }, []],
    [
      'empty',
      at(''),
      ['warn: /etc/resolv.conf has no nameserver line: programs ask 127.0.0.1, port 53'],
    ],
    [
      'svcdns',
      at('nameserver 127.0.0.1\n', own),
      ['ok: programs of this machine ask svcdns (127.0.0.1)'],
    ],
    [
      'another',
      at('nameserver 192.0.2.1'),
      [`info: programs of this machine ask 192.0.2.1, and not svcdns | ${ASK}`],
    ],
    [
      'svcdns and another',
      at('nameserver 127.0.0.1\nnameserver 192.0.2.1\n', own),
      [
        "warn: /etc/resolv.conf names 192.0.2.1 beside svcdns: musl asks all at once, and takes what answers first | sudo sed -i '/^nameserver 192.0.2.1/d' /etc/resolv.conf",
      ],
    ],
    [
      'svcdns, which listens elsewhere',
      at('nameserver 127.0.0.1'),
      [
        'warn: /etc/resolv.conf names 127.0.0.1:53, where nothing listens; svcdns would listen on 127.0.0.1:1053, [::1]:1053 | svcdns serve --listen 127.0.0.1:53',
      ],
    ],
    [
      'dnsmasq',
      at('nameserver 127.0.0.1', { holders: { 'udp 127.0.0.1:53': process('dnsmasq') } }),
      [`info: programs of this machine ask 127.0.0.1, and not svcdns | ${ASK}`],
    ],
    [
      'systemd-resolved, which writes it too',
      at('# managed by man:systemd-resolved(8)\nnameserver 127.0.0.53\noptions edns0'),
      [
        'info: programs of this machine ask 127.0.0.53, systemd-resolved, which asks those that it knows | resolvectl status',
        'info: /etc/resolv.conf is written by systemd-resolved: edits of it do not last | resolvectl dns',
      ],
    ],
    [
      'a Pod that asks too many',
      at(
        'search a.svc.x svc.x x\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\noptions ndots:5',
      ),
      [
        `info: programs of this machine ask 192.0.2.1, 192.0.2.2, 192.0.2.3, and not svcdns | ${ASK}`,
        'warn: /etc/resolv.conf has 4 nameservers: the C libraries use 3 | remove 192.0.2.4',
        'info: ndots:5 and 3 search domains: up to 8 queries for a name with fewer than 5 dots | end outside names with a dot, or serve with autopath',
      ],
    ],
    [
      'a long search list',
      at('nameserver 127.0.0.1\nsearch a b c d e f g', own),
      [
        'ok: programs of this machine ask svcdns (127.0.0.1)',
        'warn: the search list has 7 domains, 13 characters: older glibc uses 6 domains, musl 255 characters | shorten it',
      ],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(resolvConf, world)).toEqual(lines));
});

describe('the check of .local', () => {
  const hosts = (line: string): FakeWorld => ({
    files: { '/etc/nsswitch.conf': `passwd: files\nhosts: ${line}\n` },
  });
  test.for<Row>([
    ['another zone', { flags: { zone: ['cluster.test'] } }, ['ok: no zone is below .local']],
    ['no mDNS', hosts('files dns'), ['ok: /etc/nsswitch.conf sends names of cluster.local to DNS']],
    [
      'mDNS after DNS',
      hosts('files dns mdns4'),
      ['ok: /etc/nsswitch.conf sends names of cluster.local to DNS'],
    ],
    [
      'mdns4_minimal',
      hosts('files mdns4_minimal [NOTFOUND=return] dns'),
      [
        'info: /etc/nsswitch.conf asks mdns4_minimal before DNS: it takes names of two labels, so those of cluster.local reach DNS',
      ],
    ],
    [
      'mdns4',
      hosts('files mdns4 [NOTFOUND=return] dns'),
      [
        "warn: /etc/nsswitch.conf asks mdns4 before DNS: it may take every name of cluster.local | sudo sed -i '/^hosts:/s/mdns4/mdns4_minimal/' /etc/nsswitch.conf",
      ],
    ],
    [
      'systemd-resolved',
      { files: { '/etc/resolv.conf': 'nameserver 127.0.0.53' } },
      [
        'ok: /etc/nsswitch.conf sends names of cluster.local to DNS',
        'info: systemd-resolved sends cluster.local to DNS where it is told to | resolvectl query dns-version.cluster.local -t TXT',
      ],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(localNames, world)).toEqual(lines));
});

describe('the check of cluster IPs', () => {
  const LOST =
    'no interface or route leads to 10.96.0.0/12: cluster IPs resolve, and connections to them hang | svcdns serve --clusterip endpoints';
  test.for<Row>([
    ['no route', {}, [`info: ${LOST}`]],
    [
      'a route',
      { routes: ['10.96.0.0/12'] },
      ['ok: 10.96.0.0/12: an interface or a route leads there'],
    ],
    [
      'another range',
      { flags: { 'service-range': ['10.1.0.0/16'] }, routes: ['10.0.0.0/8'] },
      ['ok: 10.1.0.0/16: an interface or a route leads there'],
    ],
    ['endpoints instead', { flags: { clusterip: 'endpoints' } }, []],
    ['in a Pod', { env: { KUBERNETES_SERVICE_HOST: '10.96.0.1' } }, []],
  ])('%s', async ([, world, lines]) => expect(await found(clusterIps, world)).toEqual(lines));
});

describe('the check of a Pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  const NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
  const inPod = (text: string, more: FakeWorld = {}): FakeWorld => ({
    ...more,
    env,
    files: { '/etc/resolv.conf': text, [NAMESPACE]: 'shop' },
  });
  const SEARCH = 'search shop.svc.cluster.local svc.cluster.local cluster.local';
  const LACKS =
    'the search list lacks shop.svc.cluster.local, svc.cluster.local, cluster.local: short names do not resolve here';
  test.for<Row>([
    ['no Pod', {}, []],
    ['as the kubelet writes it', inPod(`${SEARCH}\noptions ndots:5`), [`ok: ${SEARCH}, ndots:5`]],
    [
      'another ndots',
      inPod(`${SEARCH}\noptions ndots:2`),
      [
        'info: ndots:2: a name with 2 dots or more is asked as it is first, and in the search list after | dnsConfig: { options: [{ name: ndots, value: "5" }] } in the Pod',
      ],
    ],
    [
      'that of the node',
      inPod('search example.org'),
      [
        `warn: ${LACKS} | dnsPolicy: ClusterFirst in the Pod, ClusterFirstWithHostNet with hostNetwork`,
      ],
    ],
    [
      'the server itself',
      inPod('search example.org', { holders: { 'udp 127.0.0.1:1053': process('svcdns') } }),
      [`info: ${LACKS}; right for the DNS server itself`],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(pod, world)).toEqual(lines));
});
