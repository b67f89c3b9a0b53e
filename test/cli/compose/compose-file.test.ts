import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ComposeFile, mergedCompose } from '../../../src/cli/compose/compose-file.ts';
import { readPorts } from '../../../src/cli/compose/compose-ports.ts';
import { ComposeError, readComposeYaml } from '../../../src/cli/compose/compose-yaml.ts';
import { kubernetesName, namespaceOf, projectName } from '../../../src/cli/compose/names.ts';
import { addressText } from '../../../src/dns/address.ts';
import { runs } from '../../helpers/runs.ts';

function merged(...texts: readonly string[]): ComposeFile {
  return mergedCompose(
    texts.map((text, at) => ({ file: `${at}.yaml`, content: readComposeYaml(text, `${at}.yaml`) })),
  );
}

test('mergedCompose() takes what matters to DNS, merge keys and tags of compose included', () => {
  const { services, networks, subnets, notes, version, name } = merged(`
version: '3.8'
name: shop
x-common: &common { networks: [front] }
services:
  web: { <<: *common, image: nginx, ports: ["8080:80"], expose: [9000] }
  db: { image: postgres, dns: 192.0.2.1, command: !reset null, networks: !override { back: {} } }
  vpn: { image: x, network_mode: host }
networks:
  front:
  back: { ipam: { config: [{ subnet: 10.1.2.0/24 }, { subnet: $BACK }] } }
`);
  expect({ version, name }).toEqual({ version: '3.8', name: 'shop' });
  expect([...services.values()]).toEqual([
    {
      name: 'web',
      networks: ['front'],
      networkMode: undefined,
      ownDns: new Set(),
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 9000, protocol: 'TCP' },
      ],
    },
    { name: 'db', networks: ['back'], networkMode: undefined, ownDns: new Set(['dns']), ports: [] },
    { name: 'vpn', networks: [], networkMode: 'host', ownDns: new Set(), ports: [] },
  ]);
  expect([...networks]).toEqual(['front', 'back']);
  expect(subnets.map(({ address, prefix }) => `${addressText(address)}/${prefix}`)).toEqual([
    '10.1.2.0/24',
  ]);
  expect(notes).toEqual(['networks.back: cannot tell the subnet of $BACK']);
});

test('mergedCompose() adds later files to earlier ones', () => {
  const { services, notes } = merged(
    'services: { web: { networks: [a], expose: [80] } }',
    'include: [x.yaml]\nservices: { web: { networks: { b: {} }, expose: [80, 81], dns_opt: [ndots:1] } }',
  );
  expect(services.get('web')).toEqual({
    name: 'web',
    networks: ['a', 'b'],
    networkMode: undefined,
    ownDns: new Set(['dns_opt']),
    ports: [
      { port: 80, protocol: 'TCP' },
      { port: 81, protocol: 'TCP' },
    ],
  });
  expect(notes).toEqual(['1.yaml: files under include are not read']);
});

test.for([
  ['', '0.yaml: found no services, expected a compose file'],
  ['a: [', '0.yaml:1:5: cannot be read as YAML: '],
  ['- a', '0.yaml: found a list, expected a mapping'],
  ['services: 7', '0.yaml: services: found a number, expected a mapping'],
  ['services: { web: x }', '0.yaml: services.web: found a string, expected a mapping'],
  ['services: { web: }\nnetworks: [a]', '0.yaml: networks: found a list, expected a mapping'],
] as const)('mergedCompose() of %j is an error with its place', ([text, message]) => {
  expect(() => merged(text)).toThrow(message);
});

test('mergedCompose() of any YAML is a compose file or a ComposeError', () => {
  const key = fc.constantFrom(
    'services',
    'networks',
    'web',
    'ports',
    'ipam',
    'config',
    'subnet',
    'dns',
  );
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, 80, '80-81', '10.0.0.0/8', true, 'x'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 4 }),
    ),
  })).node;
  const text = fc.oneof(
    fc.string(),
    fc.dictionary(key, tree, { maxKeys: 4 }).map((value) => JSON.stringify(value)),
    tree.map((web) => JSON.stringify({ services: { web }, networks: { default: web } })),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        expect(merged(given).services.size).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ComposeError);
      }
    }),
    { numRuns: runs(300) },
  );
});

describe('readPorts()', () => {
  test.for<readonly [item: unknown, ports: readonly string[]]>([
    [80, ['80/TCP']],
    ['80', ['80/TCP']],
    ['8080:80/udp', ['80/UDP']],
    ['127.0.0.1:8080:80', ['80/TCP']],
    ['[::1]:8080:80', ['80/TCP']],
    ['127.0.0.1::53/UDP', ['53/UDP']],
    ['9000-9002:3000-3002', ['3000/TCP', '3001/TCP', '3002/TCP']],
    ['$PORT:80', ['80/TCP']],
    [{ target: 80, published: '8080', protocol: 'udp' }, ['80/UDP']],
    [{ target: 443 }, ['443/TCP']],
  ])('of %j', ([item, ports]) => {
    const read = readPorts([item]);
    expect(read.ports.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual(ports);
    expect(read.faults).toEqual([]);
  });

  test.for(['$PORT', '0', '70000', '1-9999', '9-3', '80/icmp', null, true, {}])(
    'of %j is a fault',
    (item) => {
      const read = readPorts([item]);
      expect(read.ports).toEqual([]);
      expect(read.faults).toEqual([expect.stringMatching(/^cannot tell the port of /)]);
    },
  );
});

test.for([
  ['web', 'web'],
  ['My_DB.1', 'my-db-1'],
  ['1web', undefined],
  ['web_', undefined],
  ['é', undefined],
  ['a'.repeat(64), undefined],
] as const)('kubernetesName() of %s is %s', ([name, expected]) => {
  expect(kubernetesName(name)).toBe(expected);
});

test.for([
  ['shop', 'shop'],
  ['My_Shop.2', 'my-shop-2'],
  ['_x_', 'x'],
  ['a'.repeat(70), 'a'.repeat(63)],
] as const)('namespaceOf() of %s is %s', ([project, expected]) => {
  expect(namespaceOf(project)).toBe(expected);
});

test('namespaceOf() of a name without letters and digits is an error', () => {
  expect(() => namespaceOf('__')).toThrow("project's name");
});

const PLACES = {
  given: 'given',
  env: { COMPOSE_PROJECT_NAME: 'env' },
  dotEnv: 'A=1\nCOMPOSE_PROJECT_NAME="dotenv" # ours\n',
  named: 'named',
  folder: '/srv/My Shop',
};

test('projectName() is the first of its places that has one', () => {
  const names = [
    PLACES,
    { ...PLACES, given: undefined },
    { ...PLACES, given: undefined, env: {} },
    {
      ...PLACES,
      given: undefined,
      env: { COMPOSE_PROJECT_NAME: '' },
      dotEnv: '#COMPOSE_PROJECT_NAME=x',
    },
    { ...PLACES, given: undefined, env: {}, dotEnv: '', named: undefined },
  ].map(projectName);
  expect(names).toEqual(['given', 'env', 'dotenv', 'named', 'myshop']);
});

test('projectName() does not guess what variables say', () => {
  const places = { ...PLACES, given: undefined, env: {}, dotEnv: '', named: '$X' };
  expect(() => projectName(places)).toThrow('give it with --project');
});
