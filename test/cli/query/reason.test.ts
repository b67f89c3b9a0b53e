import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { reasonOf } from '../../../src/cli/query/reason.ts';
import { Rcode, Type } from '../../../src/dns/codes.ts';
import { folderWith } from '../folder.ts';
import { TestIo } from '../test-io.ts';

const WHY = 'there is no Service no in namespace shop';

/** The port of an admin server that explains everything with this rcode. */
async function explaining(rcode: string): Promise<number> {
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ rcode, steps: [], reason: { text: WHY } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const corefile = (admin: string) => ({
  Corefile: `.:1053 {\n${admin}\nkubernetes cluster.local {\nmanifests k8s\n}\n}\n`,
});

/** Where the admin server is said to be, for a server at another port than the default. */
const SAYS: [what: string, (port: number) => { env?: object; files?: Record<string, string> }][] = [
  ['health of the Corefile', (port) => ({ files: corefile(`health 127.0.0.1:${port}`) })],
  ['prometheus of the Corefile', (port) => ({ files: corefile(`prometheus 127.0.0.1:${port}`) })],
  ['SVCDNS_ADMIN', (port) => ({ env: { SVCDNS_ADMIN: `127.0.0.1:${port}` } })],
];

const FAILED = {
  name: 'no.shop.svc.cluster.local',
  type: Type.A,
  own: undefined,
  isNamed: false,
  config: undefined,
};

test.for(SAYS)('reasonOf() asks at the admin address of %s', async ([, says]) => {
  const port = await explaining('NXDOMAIN');
  const { env = {}, files = {} } = says(port);
  const io = new TestIo({ cwd: folderWith({ 'k8s/a.yaml': '', ...files }), env: { ...env } });
  const reply = { rcode: Rcode.NXDOMAIN, answer: [] };
  expect(await reasonOf(FAILED, reply as never, io)).toBe(WHY);
});

test('reasonOf() has no reason of a server that says something else, and of a named one', async () => {
  const env = { SVCDNS_ADMIN: `127.0.0.1:${await explaining('NOERROR')}` };
  const io = new TestIo({ cwd: folderWith({}), env });
  const reply = { rcode: Rcode.NXDOMAIN, answer: [] };
  expect(await reasonOf(FAILED, reply as never, io)).toBeUndefined();
  const same = { rcode: Rcode.NOERROR, answer: [{}] };
  expect(await reasonOf({ ...FAILED, isNamed: true }, reply as never, io)).toBeUndefined();
  expect(await reasonOf(FAILED, same as never, io)).toBeUndefined();
});
