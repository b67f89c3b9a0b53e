import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Names, zoneRecords } from '../../../src/cli/names/zone-records.ts';
import { Type } from '../../../src/dns/codes.ts';
import { keyFromText, keyOf, labelsOf, type NameKey } from '../../../src/dns/name.ts';
import { addressRecord } from '../../../src/dns/record.ts';
import { type CompiledName, prepareAnswer } from '../../../src/zone/answer.ts';
import { type ServedZone, servedZones } from '../../../src/zone/apex.ts';
import { clusterSoa } from '../../../src/zone/soa.ts';
import { BAD, folderWith, WEB } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const FILES = { 'k8s/web.yaml': WEB, 'k8s/bad.yaml': BAD };

const SHOP = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: shop, labels: { app: web } }
status: { podIP: 10.0.0.1, phase: Running, conditions: [{ type: Ready, status: "True" }] }
`;

function records(line: string, files: Record<string, string> = FILES): Promise<Outcome> {
  return new TestIo({ cwd: folderWith(files) }).outcome(`records ${line}`);
}

describe('records', () => {
  test('prints a zone file: SOA, NS, then names in canonical order', async () => {
    const { code, stdout, stderr } = await records('k8s');
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => !line.startsWith('; Made by'))).toEqual([
      '; With `pods insecure`, 1-2-3-4.NAMESPACE.pod is made up when asked for, and not listed.',
      '$ORIGIN cluster.local.',
      '$TTL 5',
      'cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1700000000 7200 1800 86400 5',
      'cluster.local. 5 IN NS ns.dns.cluster.local.',
      'ns.dns.cluster.local. 5 IN A 127.0.0.1',
      'ns.dns.cluster.local. 5 IN AAAA ::1',
      'dns-version.cluster.local. 28800 IN TXT "1.1.0"',
      'web.shop.svc.cluster.local. 5 IN A 10.96.0.7',
      'web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.',
      '_http._tcp.web.shop.svc.cluster.local. 5 IN A 10.96.0.7',
      '_http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.',
      '',
    ]);
    expect(stderr).toMatch(/bad\.yaml:5:\d+: error: .*70000/);
  });

  test('says of a folder that it has no manifests, as it may be the wrong one', async () => {
    const { stderr } = await records('k8s', { 'k8s/web.txt': '' });
    expect(stderr).toContain(
      "k8s:1:1: warning: Found no manifests in this folder: expected files *.yaml, *.yml or *.json, found other files: 'web.txt' [FOLDER_EMPTY]\n",
    );
  });

  test.for(['in-addr.arpa', 'IN-ADDR.arpa.'])('prints the reverse zone %s', async (zone) => {
    const { stdout } = await records(`k8s --zone ${zone}`);
    const lines = stdout.split('\n').filter((line) => !line.startsWith(';'));
    expect(lines).toEqual([
      '$ORIGIN in-addr.arpa.',
      '$TTL 5',
      'in-addr.arpa. 5 IN SOA ns.dns.in-addr.arpa. hostmaster.in-addr.arpa. 1700000000 7200 1800 86400 5',
      'in-addr.arpa. 5 IN NS ns.dns.in-addr.arpa.',
      '7.0.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.',
      'ns.dns.in-addr.arpa. 5 IN A 127.0.0.1',
      'ns.dns.in-addr.arpa. 5 IN AAAA ::1',
      '',
    ]);
  });

  test('prints JSON that says the same', async () => {
    const zone = (await records('k8s')).stdout.split('\n').filter((line) => / IN /.test(line));
    const json: Record<string, string>[] = JSON.parse((await records('k8s --format json')).stdout);
    expect(json[0]).toEqual({
      name: 'cluster.local.',
      ttl: 5,
      type: 'SOA',
      data: expect.stringContaining(' 1700000000 '),
      object: 'svcdns',
      origin: null,
      by: 'svcdns',
      from: [],
    });
    expect(json.map(({ name, ttl, type, data }) => `${name} ${ttl} IN ${type} ${data}`)).toEqual(
      zone,
    );
  });

  test('tells in JSON which object each record comes from, and what is behind it', async () => {
    const { stdout } = await records('k8s --format json', { 'k8s/shop.yaml': SHOP });
    const json: Record<string, unknown>[] = JSON.parse(stdout);
    const service = {
      object: 'Service shop/web',
      origin: expect.stringMatching(/shop\.yaml:1:1$/),
    };
    const pod = { object: 'Pod shop/web-1', origin: expect.stringMatching(/shop\.yaml:6:1$/) };
    expect(json.filter(({ object }) => object !== 'svcdns')).toEqual([
      {
        name: 'web.shop.svc.cluster.local.',
        ttl: 5,
        type: 'A',
        data: expect.stringMatching(/^10\./),
        ...service,
        by: 'cluster IP allocator',
        from: [],
      },
      {
        name: 'web.shop.svc.cluster.local.',
        ttl: 5,
        type: 'SRV',
        data: '0 100 80 web.shop.svc.cluster.local.',
        ...service,
        by: 'manifest',
        from: [],
        nodePorts: [30080],
      },
      {
        name: '10-0-0-1.web.shop.svc.cluster.local.',
        ttl: 5,
        type: 'A',
        data: '10.0.0.1',
        ...service,
        by: 'endpoint slice controller',
        from: [pod],
      },
      {
        name: '10-0-0-1.web.shop.svc.cluster.local.',
        ttl: 5,
        type: 'SRV',
        data: '0 100 8080 10-0-0-1.web.shop.svc.cluster.local.',
        ...service,
        by: 'endpoint slice controller',
        from: [pod],
        nodePorts: [30080],
      },
    ]);
  });

  test('takes zones, TTL and manifests from a Corefile', async () => {
    const Corefile = `example.org. {
      kubernetes example.org {
        manifests k8s
        ttl 30
        pods verified
      }
    }
    `;
    const { stdout } = await records('--config Corefile', { ...FILES, Corefile });
    expect(stdout).toContain('\n$ORIGIN example.org.\n$TTL 30\n');
    expect(stdout).toContain('\nweb.shop.svc.example.org. 30 IN A 10.96.0.7\n');
    expect(stdout).not.toContain('pods insecure');
  });

  test('prints a zone of k8s_external, and tells what it cannot list', async () => {
    const Corefile = `. {
      kubernetes cluster.local {
        manifests k8s
      }
      k8s_external example.org 192.0.2.0/24
    }
    `;
    const balanced = (name: string, ...points: string[]) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
status: { loadBalancer: { ingress: [${points.join()}] } }
`;
    const files = {
      'k8s/ip.yaml': balanced('ip', '{ ip: 192.0.2.1 }'),
      'k8s/alias.yaml': balanced('alias', '{ hostname: lb.example.net }'),
      'k8s/two.yaml': balanced('two', '{ hostname: a.example.net }', '{ hostname: b.example.net }'),
      Corefile,
    };
    const { stdout } = await records('--config Corefile --zone example.org', files);
    expect(stdout.split('\n').slice(1)).toEqual([
      '; Not listed: addresses of 1 name that are looked up when asked for.',
      '$ORIGIN example.org.',
      '$TTL 5',
      'example.org. 5 IN SOA ns1.dns.example.org. hostmaster.dns.example.org. 1700000000 7200 1800 86400 5',
      'example.org. 5 IN NS ns1.dns.example.org.',
      'ns1.dns.example.org. 5 IN A 127.0.0.1',
      'alias.shop.example.org. 5 IN CNAME lb.example.net.',
      'ip.shop.example.org. 5 IN A 192.0.2.1',
      'ip.shop.example.org. 5 IN SRV 0 100 80 ip.shop.example.org.',
      'two.shop.example.org. 5 IN SRV 0 50 80 a.example.net.',
      'two.shop.example.org. 5 IN SRV 0 50 80 b.example.net.',
      '',
    ]);
    const reverse = await records('--config Corefile --zone 2.0.192.in-addr.arpa', files);
    expect(reverse.stdout).toContain('\n1.2.0.192.in-addr.arpa. 5 IN PTR ip.shop.example.org.\n');
  });

  const several = `a.org {
      kubernetes {
        manifests k8s
      }
    }
    b.org:54 in-addr.arpa:54 {
      kubernetes a.org b.org in-addr.arpa {
        manifests other
      }
    }
    `;
  const both = { ...FILES, 'other/web.yaml': WEB.replace('10.96.0.7', '10.96.0.9') };

  test.for([
    ['', 'web.shop.svc.a.org. 5 IN A 10.96.0.7'],
    ['--zone b.org', 'web.shop.svc.b.org. 5 IN A 10.96.0.9'],
    ['--zone in-addr.arpa', '9.0.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.a.org.'],
  ] as const)(
    'finds the kubernetes block of several that has the zone: %s',
    async ([option, line]) => {
      const { code, stdout } = await records(`--config Corefile ${option}`, {
        ...both,
        Corefile: several,
      });
      expect(code).toBe(0);
      expect(stdout).toContain(`\n${line}\n`);
    },
  );

  test('takes the first of several blocks with the zone, and says so', async () => {
    const { stdout, stderr } = await records('--config Corefile --zone a.org', {
      ...both,
      Corefile: several,
    });
    expect(stdout).toContain('web.shop.svc.a.org. 5 IN A 10.96.0.7');
    expect(stderr).toContain(
      'More than one kubernetes block has the zone a.org: these are the records of the first\n',
    );
  });

  test('names the zones of all blocks when it is asked for another', async () => {
    const { code, stderr } = await records('--config Corefile --zone c.net', {
      ...both,
      Corefile: several,
    });
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown zone 'c.net': expected one of a.org, b.org, in-addr.arpa");
  });

  test('exits with 1 when there is no kubernetes directive', async () => {
    const { code, stdout, stderr } = await records('--config Corefile', {
      Corefile: '. {\n  whoami\n}\n',
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'svcdns records: no kubernetes directive in the Corefile: there are no records\n',
    );
  });

  test('exits with 1 when the Corefile is wrong', async () => {
    const { code, stdout, stderr } = await records('--config Corefile', { Corefile: '. {\n' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Corefile:1:3: error: ');
  });
});

const [ZONE, OTHER] = servedZones(['example', 'other']) as [ServedZone, ServedZone];

test('zoneRecords() are in the order of RFC 4034 section 6.1', () => {
  const label = fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 3 })
    .map((bytes) => String.fromCharCode(...bytes));
  const names = fc.uniqueArray(
    fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => keyOf([...labels, 'example'])),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(names, (keys) => {
      const printed = [...zoneRecords(published(keys.map(addressName)), ZONE, 1)];
      expect(printed.map(({ owner }) => owner)).toEqual([ZONE.key, ...keys.toSorted(canonical)]);
    }),
  );
});

test('zoneRecords() of the example in RFC 4034 section 6.1 are in its order', () => {
  const keys = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    '\\001.z.example.',
    '*.z.example.',
    '\\200.z.example.',
  ].map(keyFromText);
  const printed = zoneRecords(published(keys.toReversed().map(addressName)), ZONE, 1);
  expect([...printed].slice(1).map(({ owner }) => owner)).toEqual(keys);
});

test('zoneRecords() leaves out names of other zones, and those without records', () => {
  const names = [
    { key: keyFromText('a.example'), zone: ZONE.index, answers: [] },
    { ...addressName(keyFromText('b.example')), zone: OTHER.index },
  ];
  const printed = [...zoneRecords(published(names), ZONE, 1)];
  expect(printed.map(({ type }) => type)).toEqual([Type.SOA]);
});

function published(names: readonly CompiledName[]): Names {
  return { names: () => names, soa: clusterSoa(5) };
}

function addressName(key: NameKey): CompiledName {
  const record = addressRecord(key, Uint8Array.of(10, 0, 0, 1), 5);
  return { key, zone: ZONE.index, answers: [prepareAnswer(key, ZONE.key, [record])] };
}

/** Label by label from the right, byte by byte; what is a part of the other comes first. */
function canonical(a: NameKey, b: NameKey): number {
  const [left, right] = [a, b].map((key) => labelsOf(key).toReversed()) as [string[], string[]];
  for (const [at, label] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    const order = Buffer.compare(Buffer.from(label, 'latin1'), Buffer.from(other, 'latin1'));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
