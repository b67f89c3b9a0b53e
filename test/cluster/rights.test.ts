import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { Running, run } from '../system/command.ts';
import { ROOT, svcdns } from '../system/server.ts';
import { Cluster, DNS_RULES } from './cluster.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});

afterAll(async () => {
  await cluster?.stop();
});

/** What is forbidden, and the line that allows it. */
const LACKS = [
  ['list', 'services', ''],
  ['watch', 'services', ''],
  ['watch', 'namespaces', ''],
  ['watch', 'pods', ''],
  ['list', 'endpointslices', 'discovery.k8s.io'],
  ['watch', 'endpointslices', 'discovery.k8s.io'],
] as const;

test('svcdns is refused nothing with the ClusterRole of deploy/kubernetes', async () => {
  const text = readFileSync(`${ROOT}/deploy/kubernetes/rbac.yaml`, 'utf8');
  const [role] = loadAll(text) as [{ kind: string; rules: object[] }];
  expect(role.kind).toBe('ClusterRole');
  await cluster.allow('svcdns', role.rules);
  expect(await whatServePrints(/^Try: dig /m, 'insecure')).not.toContain('Cannot read');
  expect(await whatCheckPrints()).not.toContain('Cannot read');
});

test.for(LACKS)(
  'svcdns without the right to %s %s says which line is missing',
  async ([verb, resource, group]) => {
    await cluster.allow(
      'svcdns',
      DNS_RULES.flatMap((rule) => without(rule, resource, verb)),
    );
    const collection = group === '' ? resource : `${resource}.${group}`;
    const line = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["list", "watch"]}`;
    const text =
      `Cannot read ${resource}: status 403: ${collection} is forbidden: User "svcdns" cannot ${verb} ` +
      `resource "${resource}" in API group "${group}" at the cluster scope: ` +
      `add to the rules of its ClusterRole ${line}`;
    // Whoever only looks lists, and whoever follows has the list in a watch.
    const printed = verb === 'list' ? whatCheckPrints() : whatServePrints(/Cannot read/);
    expect((await printed).replaceAll('\\"', '"')).toContain(text);
  },
);

function without(rule: (typeof DNS_RULES)[number], resource: string, verb: string): object[] {
  const { resources, verbs } = rule;
  if (!resources.includes(resource)) return [rule];
  const others = { ...rule, resources: resources.filter((one) => one !== resource) };
  const less = { ...rule, resources: [resource], verbs: verbs.filter((one) => one !== verb) };
  return others.resources.length > 0 ? [others, less] : [less];
}

/** What the server prints until that is there. */
async function whatServePrints(pattern: RegExp, pods = 'verified'): Promise<string> {
  const place = ['--listen', `127.0.0.1:${freePort()}`, '--admin', 'off', '--forward', 'off'];
  const source = ['--config', 'off', '--kubeconfig', cluster.kubeconfig('svcdns')];
  const server = new Running(svcdns('serve', ...source, ...place, '--pods', pods));
  try {
    await server.until(() => pattern.test(server.printed));
    return server.printed;
  } finally {
    if (server.isRunning) await server.stop();
  }
}

async function whatCheckPrints(): Promise<string> {
  const { stdout, stderr } = await run(
    svcdns('check', '--kubeconfig', cluster.kubeconfig('svcdns')),
  );
  return stdout + stderr;
}
