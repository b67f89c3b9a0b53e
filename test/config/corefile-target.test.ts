import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { COREFILE_FOUND, corefileTarget } from '../../src/config/corefile-target.ts';
import { loadSettings } from '../../src/config/load.ts';
import { nameSources } from '../../src/config/name-sources.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ROOT } from '../readme-blocks.ts';

const KUBEADM = readFileSync(join(ROOT, 'test/fixtures/corefiles/kubeadm'), 'utf8');
const folder = new TempFolder();

beforeEach(() => {
  folder.write('k8s/none.yaml', '');
  folder.write('zones.conf', 'kubernetes corp.example {\n  manifests k8s\n}\n');
});

afterAll(() => folder.dispose());

test.for([
  [KUBEADM, {}],
  [KUBEADM, { SVCDNS_LISTEN: '10.0.0.1:5300,[::1]' }],
  ['.:1053 {\n  kubernetes\n}', { SVCDNS_LISTEN: ':53' }],
  ['corp.example {\n  bind 127.0.0.1 ::1 lo\n  kubernetes\n}', { SVCDNS_LISTEN: ':53' }],
  [
    'a.example:54 b.example:55 {\n  bind 127.0.0.1 127.0.0.2 {\n    except 127.0.0.1\n  }\n  whoami\n}',
    {},
  ],
  [
    '. {\n  forward . 192.0.2.1\n}\n10.0.0.0/15 b.example {\n  kubernetes 10.0.0.0/15 B.example.\n}',
    {},
  ],
  ['{$NAME:c.example}:1053 {\n  import zones.conf\n}', { NAME: 'corp.example' }],
] as const)('corefileTarget() of %j with %o is what all settings say', ([text, env]) => {
  folder.write('Corefile', text);
  const manifests = [join(folder.path, 'k8s')];
  const all = loadSettings({ options: {}, env, cwd: folder.path, paths: manifests });
  expect(all.settings).toBeDefined();
  const { listen, zone, hints } = corefileTarget(undefined, env, folder.path)!;
  expect(listen.map(plain)).toEqual(all.settings?.listen.map(plain));
  expect(zone).toBe(nameSources(all.settings!)[0]?.zone.zones[0] ?? '');
  expect(hints).toEqual(all.problems.filter(({ code }) => code === COREFILE_FOUND));
  const named = corefileTarget('Corefile', env, folder.path);
  expect(named).toEqual({ listen, zone, hints: [] });
  expect(corefileTarget(undefined, { ...env, SVCDNS_CONFIG: 'Corefile' }, folder.path)).toEqual(
    named,
  );
});

test.for([
  ['nowhere', {}],
  ['off', {}],
  ['stdin', {}],
  ['k8s', {}],
  ['wrong', {}],
  ['Corefile', { SVCDNS_ZONE: 'example.org' }],
  ['Corefile', { SVCDNS_LISTEN: 'localhost:53' }],
] as const)('corefileTarget(%j) with %o leaves it to the settings', ([config, env]) => {
  folder.write('Corefile', KUBEADM);
  folder.write('wrong', '. {\n');
  expect(corefileTarget(config, env, folder.path)).toBeUndefined();
});

/** With `optional` only where it says something. */
function plain({ address, port, optional = false }: Listen): Listen {
  return { address, port, optional };
}

interface Listen {
  readonly address: string;
  readonly port: number;
  readonly optional?: boolean | undefined;
}
