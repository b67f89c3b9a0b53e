import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { extendedErrors } from './server-process.ts';

// One kill and one restart. Every way to lose the state folder, and to be told so, is in
// test/soak/restarts.test.ts.

const WEB = 'web.shop.svc.cluster.local.';
const AUTO = 'auto.shop.svc.cluster.local.';

const service = (name: string, spec: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ${spec}, ports: [{ name: http, port: 80 }] }
`;

const COREFILE = `.:0 {
  bind 127.0.0.1
  kubernetes cluster.local {
    manifests k8s
  }
}
`;

let folder: TempFolder;
let server: ServeProcess;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('Corefile', COREFILE);
});

afterEach(async () => {
  await server.kill();
  folder.dispose();
});

async function start(): Promise<void> {
  const env = { SVCDNS_STATE: folder.at('state'), LOG_LEVEL: 'info' };
  server = new ServeProcess(['--config', folder.at('Corefile'), '--wait'], [], env);
  await server.until(() => address() !== undefined, 'address');
}

function address(): { address: string; port: number } | undefined {
  const text = `${server.printed}${server.logged.join('\n')}`;
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(text) ?? [];
  return port === undefined ? undefined : { address: '127.0.0.1', port: Number(port) };
}

/** `NOERROR 5 A 10.96.0.7 EDE 3` */
async function answer(name: string): Promise<string> {
  const reply = await ask(address()!, name, 'A', { edns: {} });
  const records = reply.answer.map((line) => line.split(' ').toSpliced(0, 1).toSpliced(1, 1));
  const errors = extendedErrors(reply).map((code) => `EDE ${code}`);
  return [reply.rcode, ...records.map((fields) => fields.join(' ')), ...errors].join(' ');
}

/** Whether a file of the state with this ending has this text in it. */
function isKept(ending: string, text: string): boolean {
  const files = readdirSync(folder.at('state')).filter((file) => /^[0-9a-f]/.test(file));
  const kept = files.filter((file) => file.endsWith(ending));
  return kept.some((file) => readFileSync(folder.at(`state/${file}`), 'latin1').includes(text));
}

test('names and given addresses outlive a kill: answered, marked, until the manifests are there, also with another TTL', async () => {
  folder.write('k8s/web.yaml', service('web', 'clusterIP: 10.96.0.7'));
  folder.write('k8s/auto.yaml', service('auto', 'type: ClusterIP'));
  await start();
  await eventually(async () => expect(await answer(WEB)).toBe('NOERROR 5 A 10.96.0.7'));
  const derived = (await answer(AUTO)).split(' ').at(-1)!;
  // Another Service takes the address: it is given a new one, which only the state knows.
  folder.write('k8s/claim.yaml', service('claim', `clusterIP: ${derived}`));
  await eventually(async () => expect(await answer(AUTO)).not.toContain(derived));
  const moved = (await answer(AUTO)).split(' ').at(-1)!;
  folder.remove('k8s/claim.yaml');
  await eventually(async () =>
    expect(await answer('claim.shop.svc.cluster.local.')).toBe('NXDOMAIN'),
  );
  await eventually(() => expect(isKept('.names', '') && isKept('.addresses', moved)).toBe(true));
  await server.kill();

  folder.rename('k8s', 'away'); // a mount that is not there yet
  folder.write('Corefile', COREFILE.replace('manifests k8s', 'manifests k8s\n    ttl 9'));
  await start();
  await eventually(async () => expect(await answer(WEB)).toBe('NOERROR 1 A 10.96.0.7 EDE 3'));
  folder.rename('away', 'k8s');
  await eventually(async () => expect(await answer(WEB)).toBe('NOERROR 9 A 10.96.0.7'));
  expect(await answer(AUTO)).toBe(`NOERROR 9 A ${moved}`);
});
