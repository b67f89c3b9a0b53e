import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { composeCommand } from '../../../src/cli/commands/compose.ts';
import { NetworkSet, parseCidr } from '../../../src/dns/network.ts';
import { ROOT, readText } from '../../readme-blocks.ts';
import { folderWith } from '../folder.ts';
import { TestIo } from '../test-io.ts';

const SHOP = `services:
  web: { image: nginx, ports: ["8080:80"] }
  my_db: { image: postgres, expose: [5432], networks: [back] }
  job: { image: job, dns: 192.0.2.1, networks: [back, front] }
  vpn: { image: vpn, network_mode: host }
  my-db: { image: postgres }
networks: { back: { internal: true }, front: }
`;

const OVERRIDE = 'compose.override.yaml';
const MANIFESTS = 'svcdns/compose-services.yaml';

interface Given {
  readonly answer?: boolean | undefined;
  readonly env?: Record<string, string>;
  readonly machine?: readonly string[];
}

/** Runs `svcdns compose LINE` in a folder. */
async function compose(cwd: string, line: string, given: Given = {}) {
  const io = new TestIo({ cwd, env: { COMPOSE_PROJECT_NAME: 'shop', ...given.env } });
  const asked: string[] = [];
  const command = composeCommand({
    networks: () => new NetworkSet((given.machine ?? []).map((cidr) => parseCidr(cidr)!)),
    askYes: async (question) => {
      asked.push(question);
      return given.answer;
    },
  });
  const code = await command.run(line.split(' '), io);
  return { code, stdout: io.out, stderr: io.err, asked };
}

const at = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

describe('compose init', () => {
  test('shows two files, asks, and writes them', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    const { code, stdout, asked } = await compose(folder, 'init', { answer: true });
    expect({ code, asked }).toEqual({ code: 0, asked: ['Write 2 files?'] });
    for (const name of [OVERRIDE, MANIFESTS]) {
      expect(stdout).toContain(`--- ${name}\n${at(folder, name)}`);
    }
    expect(stdout.split('\n').filter((line) => /^(Note|Next)/.test(line))).toEqual([
      'Note: services.job: its own dns: stays, so it does not ask svcdns',
      'Note: services.vpn: left alone: it has network_mode: host',
      'Note: services.my-db: left alone: another one is my-db too',
      'Note: services of back, front can reach each other on the network svcdns',
      'Next: docker compose up',
    ]);
    expect(at(folder, 'compose.yaml')).toBe(SHOP);
  });

  test.for([
    [false, 'svcdns compose: Nothing is done: not agreed\n'],
    [undefined, 'svcdns compose: Nothing is done: no terminal to ask on: expected --yes\n'],
  ] as const)('writes nothing when the answer is %s', async ([answer, message]) => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    const { code, stderr } = await compose(folder, 'init', { answer });
    expect({ code, stderr }).toEqual({ code: 1, stderr: message });
    expect(existsSync(join(folder, OVERRIDE))).toBe(false);
  });

  test('adds to services what they need to ask, and leaves what they have', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    await compose(folder, 'init --yes');
    const { services, networks } = load(at(folder, OVERRIDE)) as Record<
      string,
      Record<string, unknown>
    >;
    const asks = {
      dns: ['10.253.141.53'],
      dns_search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      dns_opt: ['ndots:5'],
      depends_on: { svcdns: { condition: 'service_healthy' } },
    };
    expect(services).toEqual({
      svcdns: expect.objectContaining({
        image: 'svcdns',
        volumes: ['./svcdns:/manifests:ro'],
        networks: { svcdns: { ipv4_address: '10.253.141.53' }, 'svcdns-out': {} },
      }),
      web: { ...asks, networks: { default: {}, svcdns: {} } },
      my_db: { ...asks, networks: { svcdns: { aliases: ['my-db'] } } },
      job: { networks: { svcdns: {} } },
    });
    expect(networks).toEqual({
      svcdns: {
        internal: true,
        ipam: { config: [{ subnet: '10.253.141.0/24', ip_range: '10.253.141.128/25' }] },
      },
      'svcdns-out': {},
    });
  });

  test('writes manifests that svcdns accepts, a Service for each service', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    await compose(folder, 'init --yes');
    const documents = loadAll(at(folder, MANIFESTS)) as { metadata: object; spec: object }[];
    expect(documents.map(({ metadata, spec }) => [metadata, spec])).toEqual([
      [meta('web'), { clusterIP: 'None', ports: [{ name: 'tcp-80', port: 80, protocol: 'TCP' }] }],
      [
        meta('my-db'),
        { clusterIP: 'None', ports: [{ name: 'tcp-5432', port: 5432, protocol: 'TCP' }] },
      ],
      [meta('job'), { clusterIP: 'None' }],
    ]);
    const io = new TestIo({ cwd: folder, env: { SVCDNS_STATE: 'off' } });
    const { code, stdout } = await io.outcome('check --strict --endpoints dns svcdns');
    expect(stdout).toContain('3 Services (0 ClusterIP, 3 headless');
    expect(code).toBe(0);
  });

  const meta = (name: string) => ({
    name,
    namespace: 'shop',
    annotations: { 'svcdns.dev/endpoints-dns': name },
  });

  test('obeys the schema of the Compose specification', async () => {
    const schema = JSON.parse(readText('test/fixtures/schemas/compose-spec.json')) as object;
    // zod knows the draft by this spelling of its name.
    const $schema = 'http://json-schema.org/draft-07/schema#';
    const specification = z.fromJSONSchema({ ...schema, $schema });
    const faults = (value: unknown) => specification.safeParse(value).error?.issues;
    for (const text of [SHOP, `version: '3.8'\n${SHOP}`, readText('compose.yaml')]) {
      const folder = folderWith({ 'compose.yaml': text });
      expect(faults(load(text))).toBeUndefined();
      await compose(folder, 'init --yes --manifests manifests');
      if (existsSync(join(folder, OVERRIDE))) {
        expect(faults(load(at(folder, OVERRIDE)))).toBeUndefined();
      }
    }
    expect(faults({ services: { web: { dns: [1] } } })).toBeDefined();
  });

  test.for([
    ['its folder', [], '10.253.141.0/24'],
    ['a route of the machine', ['10.253.0.0/16'], '172.30.141.0/24'],
  ] as const)('chooses a subnet that does not overlap %s', async ([, machine, subnet]) => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    await compose(folder, 'init --yes', { machine });
    expect(at(folder, OVERRIDE)).toContain(`subnet: ${subnet}\n`);
    // It is up now, so the machine has a way to it.
    const again = await compose(folder, 'init --check', { machine: [...machine, subnet] });
    expect(again.code).toBe(0);
  });

  test('takes the options', async () => {
    const folder = folderWith({
      'a/dev.yml': SHOP,
      'a/more.yml': 'services: { web: { dns_search: x } }',
    });
    const options =
      '--output a/o.yml --manifests k8s --project my_shop --subnet 10.1.2.0/24 --image example/svcdns:1';
    const { code, stdout } = await compose(folder, `init a/dev.yml a/more.yml --yes ${options}`);
    expect(code).toBe(0);
    expect(stdout).toContain('Next: docker compose -f a/dev.yml -f a/more.yml -f a/o.yml up\n');
    expect(load(at(folder, 'a/o.yml'))).toMatchObject({
      services: {
        svcdns: { image: 'example/svcdns:1', volumes: ['./k8s:/manifests:ro'] },
        web: { dns: ['10.1.2.53'] },
        my_db: { dns_search: ['my-shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'] },
      },
    });
    expect(at(folder, 'a/o.yml').match(/dns_search/g)).toHaveLength(1);
    expect(at(folder, 'a/k8s/compose-services.yaml')).toContain('namespace: my-shop');
  });

  test('reads an override that is there, and does not write over it', async () => {
    const theirs = 'services: { web: { dns_opt: [ndots:1] } }\n';
    const folder = folderWith({ 'compose.yaml': SHOP, [OVERRIDE]: theirs });
    expect(await compose(folder, 'init --yes')).toMatchObject({
      code: 1,
      stderr: `svcdns compose: Cannot write ${OVERRIDE}: it is not of svcdns: give another name with --output or --manifests\n`,
    });
    expect(at(folder, OVERRIDE)).toBe(theirs);
    expect(existsSync(join(folder, MANIFESTS))).toBe(false);
    const { code, stdout } = await compose(folder, 'init --yes --output o.yaml');
    expect(code).toBe(0);
    expect(stdout).toContain(`Next: docker compose -f compose.yaml -f ${OVERRIDE} -f o.yaml up`);
    expect(at(folder, 'o.yaml')).toContain('my_db:');
    expect(at(folder, 'o.yaml').match(/ndots/g)).toHaveLength(1);
  });

  test('does not write a second override, which compose would not read', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP, 'docker-compose.override.yml': SHOP });
    const { code, stderr } = await compose(folder, 'init --yes');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'svcdns compose: docker-compose.override.yml: compose reads no second override: give ours a name with --output, as in --output compose.svcdns.yaml\n',
    });
    expect(existsSync(join(folder, OVERRIDE))).toBe(false);
  });

  test.for([
    ['', 'found no services'],
    ['services: { svcdns: { image: x } }', 'services.svcdns: there is such a service already'],
    [
      'services: { web: }\nnetworks: { svcdns: }',
      'networks.svcdns: there is such a network already',
    ],
    ['services: [', 'compose.yaml:1:12: cannot be read as YAML'],
  ] as const)('does nothing with %j', async ([text, message]) => {
    const folder = folderWith({ 'compose.yaml': text });
    const { code, stderr } = await compose(folder, 'init --yes');
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test.for([
    [
      'init',
      'Found none of compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml: name a compose file',
    ],
    ['init x.yaml', 'x.yaml: there is no such file'],
  ] as const)('%s says that there is no file', async ([line, message]) => {
    const { code, stderr } = await compose(folderWith({}), line);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `svcdns compose: ${message}\n` });
  });
});

describe('compose init --check', () => {
  test('tells which files are not as they should be', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    const check = async () => {
      const { code, stdout } = await compose(folder, 'init --check');
      return [
        code,
        ...stdout.split('\n').filter((line) => / (is|has) /.test(line) && !/^Note/.test(line)),
      ];
    };
    expect(await check()).toEqual([1, `${OVERRIDE} is missing`, `${MANIFESTS} is missing`]);
    await compose(folder, 'init --yes');
    expect(await check()).toEqual([
      0,
      `${OVERRIDE} is as it should be`,
      `${MANIFESTS} is as it should be`,
    ]);
    writeFileSync(join(folder, 'compose.yaml'), SHOP.replace('expose: [5432]', 'expose: [5433]'));
    expect(await check()).toEqual([
      1,
      `${OVERRIDE} is as it should be`,
      `${MANIFESTS} is not up to date`,
    ]);
    writeFileSync(join(folder, MANIFESTS), `${at(folder, MANIFESTS)}# mine\n`);
    expect(await check()).toEqual([
      1,
      `${OVERRIDE} is as it should be`,
      `${MANIFESTS} has been edited since it was written`,
    ]);
  });
});

describe('compose init --undo', () => {
  test('removes what was written, and nothing else', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    await compose(folder, 'init --yes');
    expect(await compose(folder, 'init --undo', { answer: false })).toMatchObject({ code: 1 });
    expect(await compose(folder, 'init --undo', { answer: true })).toMatchObject({
      code: 0,
      stdout: `Removed ${OVERRIDE}, ${MANIFESTS}\n`,
    });
    for (const name of [OVERRIDE, 'svcdns']) expect(existsSync(join(folder, name))).toBe(false);
    expect(at(folder, 'compose.yaml')).toBe(SHOP);
    expect(await compose(folder, 'init --undo')).toMatchObject({
      code: 0,
      stdout: 'Nothing to remove\n',
    });
  });

  test('says what cannot be written, without the words of Node.js', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    const { code, stderr } = await compose(folder, 'init --yes --manifests compose.yaml');
    expect([code, stderr]).toEqual([
      1,
      'svcdns compose: Cannot write compose.yaml: there is a file of this name\n',
    ]);
  });

  test('does so without a compose file that can be read', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP });
    await compose(folder, 'init --yes');
    writeFileSync(join(folder, 'compose.yaml'), 'services: [');
    expect((await compose(folder, 'init --check')).code).toBe(1);
    expect(await compose(folder, 'init --undo --yes')).toMatchObject({
      code: 0,
      stdout: `Removed ${OVERRIDE}, ${MANIFESTS}\n`,
    });
  });

  test('leaves files that were edited, or that others wrote', async () => {
    const folder = folderWith({ 'compose.yaml': SHOP, 'svcdns/mine.yaml': '' });
    await compose(folder, 'init --yes');
    writeFileSync(join(folder, OVERRIDE), `${at(folder, OVERRIDE)}# mine\n`);
    const { stdout } = await compose(folder, 'init --undo --yes');
    expect(stdout).toBe(
      `${OVERRIDE} stays: it has been edited since it was written\nRemoved ${MANIFESTS}\n`,
    );
    expect(existsSync(join(folder, 'svcdns/mine.yaml'))).toBe(true);
    expect(existsSync(join(folder, MANIFESTS))).toBe(false);
  });
});

test.for([
  ['up', 'Expected svcdns compose init'],
  ['init --check --undo', 'Cannot both --check and --undo'],
])('compose %s is wrong usage', async ([line, message]) => {
  const { code, stderr } = await new TestIo({ cwd: ROOT }).outcome(`compose ${line}`);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `svcdns compose: ${message}\nSee svcdns compose --help\n`,
  });
});
