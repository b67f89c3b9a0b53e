import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareControlThread } from '../../../src/control/thread/control-program.ts';
import { startControlThread } from '../../../src/control/thread/control-thread.ts';
import { kernelThreadCpuMs } from '../../../src/control/thread/kernel-thread.ts';
import { Progress } from '../../../src/control/thread/progress.ts';
import type { FromControl } from '../../../src/control/thread/protocol.ts';
import { zoneSettings } from '../../../src/control/thread/protocol.ts';
import { eventually } from '../../helpers/eventually.ts';
import { folderSettings, ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const service = (name: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 80 }] }
`;

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

test.for([
  [false, 'a control thread'],
  [true, 'one that was prepared'],
] as const)('%s: %s leaves out a file in quarantine until it changes', async ([isPrepared]) => {
  if (isPrepared) prepareControlThread();
  const file = folder.write('k8s/bomb.yaml', service('bomb'));
  const hash = createHash('sha256').update(service('bomb')).digest('base64');
  const told: FromControl[] = [];
  const progress = new Progress();
  const settings = {
    source: { ...folderSettings([folder.at('k8s')]), rescanSeconds: 1 },
    zone: zoneSettings(ZONE_OPTIONS),
    quarantine: true,
    state: undefined,
    serverAddresses: [],
    quarantined: [{ name: file, version: hash }],
  };
  const thread = startControlThread(settings, progress);
  thread.on('message', (message: FromControl) => {
    told.push(message);
    if (message.kind === 'change') thread.postMessage({ kind: 'ack' });
  });
  const codes = () => {
    const loaded = told.findLast((message) => message.kind === 'loaded');
    return loaded?.summary.problems.map(({ code }) => code);
  };
  const read = () => told.flatMap((one) => (one.kind === 'reading' ? one.pieces : []));
  try {
    await eventually(() => expect(codes()).toEqual(['MANIFEST_QUARANTINED']));
    expect(read()).toEqual([]);
    folder.write('k8s/bomb.yaml', service('fixed'));
    await eventually(() => expect(codes()).toEqual(['CLUSTER_BASICS_MISSING']));
    expect(read().map(({ name }) => name)).toEqual([file]);
    expect(progress.steps).toBeGreaterThan(2);
    if (process.platform !== 'linux') return;
    // A thread of its own; its number may be the smaller one, as the kernel counts round.
    expect([0, process.pid]).not.toContain(progress.thread);
    expect(kernelThreadCpuMs(progress.thread)).toBeGreaterThan(0);
  } finally {
    await thread.terminate();
  }
});
