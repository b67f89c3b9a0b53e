import { describe, expect, test } from 'vitest';
import { type ReportedNames, reportNames } from '../../src/app/metrics.ts';
import { keyFromText } from '../../src/dns/name.ts';
import type { Problem } from '../../src/kube/problem.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

function namesOf(manifest: string, zone = 'cluster.local', names = 0) {
  const options = { ...ZONE_OPTIONS, zones: [zone, 'in-addr.arpa'] };
  const live = new LiveZone(options);
  const keys = Array.from({ length: names }, (_, at) => keyFromText(`n${at}`));
  live.apply({ keys, names: keys.map(() => packName(0, [])), gone: [] }, 1);
  const told: { -readonly [K in keyof ReportedNames]: ReportedNames[K] } = {
    source: { manifests: [manifest], zone: options },
    live,
    summary: undefined,
    held: { services: 0, objects: 0 },
    remembered: { changes: 0, bytes: 0, dropped: 0 },
  };
  return told;
}

const problem = (severity: Problem['severity'], code = 'X'): Problem => ({
  severity,
  code,
  message: '',
  origin: { file: 'x.yaml', document: 0, line: 1, column: 1 },
});

const summaryOf = (...problems: Problem[]) => ({
  files: 3,
  namespaces: [],
  names: 0,
  passedOver: [],
  refusedDocuments: 0,
  problems,
});

async function linesOf(metrics: Metrics, pattern: RegExp): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter(
    (line) => /^svcdns_(names|manifest|services|objects|files)/.test(line) && pattern.test(line),
  );
}

describe('reportNames()', () => {
  test('shows what is so at the scrape', async () => {
    const metrics = new Metrics();
    const names = namesOf('/k8s', 'cluster.local', 2);
    reportNames(metrics, [names]);
    names.summary = summaryOf(
      { ...problem('error', 'MANIFEST_QUARANTINED'), isWholeFile: true },
      problem('hint'),
      problem('hint'),
    );
    names.held = { services: 12, objects: 4 };
    names.live.restoredFrom = 1_700_000_000;
    expect((await linesOf(metrics, /./)).sort()).toEqual(
      [
        'svcdns_files_quarantined{source="/k8s",zone="cluster.local"} 1',
        'svcdns_manifest_files{source="/k8s",zone="cluster.local"} 3',
        'svcdns_manifest_files_unread{source="/k8s",zone="cluster.local"} 1',
        'svcdns_manifest_problems{source="/k8s",zone="cluster.local",severity="error"} 1',
        'svcdns_manifest_problems{source="/k8s",zone="cluster.local",severity="hint"} 2',
        'svcdns_manifest_problems{source="/k8s",zone="cluster.local",severity="warning"} 0',
        'svcdns_names_restored{source="/k8s",zone="cluster.local"} 1',
        'svcdns_names{source="/k8s",zone="cluster.local"} 2',
        'svcdns_objects_kept{source="/k8s",zone="cluster.local"} 4',
        'svcdns_services_held{source="/k8s",zone="cluster.local"} 12',
      ].sort(),
    );
  });

  test('drops what is no longer in use', async () => {
    const metrics = new Metrics();
    reportNames(metrics, [namesOf('/a'), namesOf('/b')]);
    expect(await linesOf(metrics, /source="\/a"/)).toHaveLength(10);
    reportNames(metrics, [namesOf('/b')]);
    expect(await linesOf(metrics, /source="\/a"/)).toEqual([]);
    expect(await linesOf(metrics, /source="\/b"/)).toHaveLength(10);
  });

  test('tells the same manifests apart by zone, and else shows the largest number', async () => {
    const metrics = new Metrics();
    reportNames(metrics, [
      namesOf('/a', 'a.org', 1),
      namesOf('/a', 'b.org', 5),
      namesOf('/a', 'b.org', 3),
    ]);
    expect(await linesOf(metrics, /^svcdns_names\{/)).toEqual([
      'svcdns_names{source="/a",zone="a.org"} 1',
      'svcdns_names{source="/a",zone="b.org"} 5',
    ]);
  });
});
