import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keptAddresses } from '../../../src/cli/names/load-names.ts';
import { stateFiles } from '../../../src/config/name-sources.ts';
import { encodeState } from '../../../src/control/state/state.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';
import { TestIo } from '../test-io.ts';

const WEB = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
`;
const STATE = {
  ranges: ['10.96.0.0/12'],
  clusterIPs: [{ owner: 'shop/web', address: '10.100.1.2' }],
  loadBalancers: [],
  pods: [],
  nodePorts: [],
};

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

/** Leaves what a server for the folder `k8s` has given out. */
function keep(text = encodeState(STATE)): string {
  const source = { manifests: [folder.at('k8s')], zone: ZONE_OPTIONS };
  const { addresses } = stateFiles(folder.at('state'), source);
  folder.write(addresses.slice(folder.path.length + 1), text);
  return dirname(addresses);
}

describe('keptAddresses()', () => {
  const source = () => ({ manifests: [folder.at('k8s')], zone: ZONE_OPTIONS });

  test('are those that a server of this source has given out', () => {
    const told: string[] = [];
    const tell = ({ code }: { code: string }) => told.push(code);
    expect(keptAddresses(keep(), source(), tell)).toMatchObject(STATE);
    expect(told).toEqual([]);
  });

  test.for([
    ['nothing is kept', (): string | undefined => undefined, []],
    ['there is no folder', (): string => '/nowhere', []],
    ['they cannot be read', (): string => keep('garbled'), ['STATE_UNREADABLE']],
  ] as const)('are none when %s', ([, state, problems]) => {
    const told: string[] = [];
    const tell = ({ code }: { code: string }) => told.push(code);
    expect(keptAddresses(state(), source(), tell)).toBeUndefined();
    expect(told).toEqual(problems);
  });
});

test('records prints the addresses that are kept', async () => {
  folder.write('k8s/web.yaml', WEB);
  const env = { SVCDNS_STATE: keep() };
  const { stdout } = await new TestIo({ cwd: folder.path, env }).outcome('records k8s');
  expect(stdout).toContain('web.shop.svc.cluster.local. 5 IN A 10.100.1.2\n');
  const without = await new TestIo({ cwd: folder.path }).outcome('records k8s');
  expect(without.stdout).toMatch(/^web\.shop\.svc\.cluster\.local\. 5 IN A 10\.(?!100\.1\.2$)/m);
});
