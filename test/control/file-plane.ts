import type { ChangeReport } from '../../src/control/change-report.ts';
import { ControlPlane } from '../../src/control/control-plane.ts';
import type { ControlSummary } from '../../src/control/summary.ts';
import type { Sighting } from '../../src/sources/deletion-guard.ts';
import { loadDocument } from '../../src/sources/folder/objects/load-files.ts';
import type { LoadedDocument } from '../../src/sources/folder/objects/loaded-file.ts';
import {
  type FileChanges,
  ManifestObjects,
} from '../../src/sources/folder/objects/manifest-objects.ts';
import { parseManifest } from '../../src/sources/folder/parse/parse.ts';
import type { HeldBack, SourceReport } from '../../src/sources/source.ts';
import type { NameChanges } from '../../src/zone/compiler.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

interface FilePlaneOptions {
  readonly zone?: Partial<ZoneOptions>;
  readonly holdDeletions?: boolean;
  readonly keepLastGood?: boolean;
  readonly serverAddresses?: readonly string[];
  readonly step?: () => void;
}

/** A control plane that follows files as the folder source has it do. */
export class FilePlane {
  readonly control: ControlPlane;
  readonly #objects: ManifestObjects;

  constructor(options: FilePlaneOptions = {}) {
    const { zone, holdDeletions = true, keepLastGood = true, step = () => {} } = options;
    const { serverAddresses = [] } = options;
    this.#objects = new ManifestObjects({ holdDeletions, keepLastGood });
    this.control = new ControlPlane({ zone: { ...ZONE_OPTIONS, ...zone }, serverAddresses, step });
  }

  /** Takes texts of files, undefined for one that is gone. */
  put(files: Record<string, string | undefined>, report?: ChangeReport): NameChanges {
    const batch = Object.entries(files).map(
      ([file, text]) => [file, text === undefined ? text : documents(file, text)] as const,
    );
    return this.take(new Map(batch), 'event', report);
  }

  take(files: FileChanges, sighting: Sighting, report?: ChangeReport): NameChanges {
    return this.control.take(this.#objects.take(files, sighting), report);
  }

  get held(): HeldBack {
    return this.#objects.report().held;
  }

  report(): SourceReport {
    return this.#objects.report();
  }

  summary(): ControlSummary {
    return this.control.summary(this.report());
  }
}

/** The documents of a file that can all be parsed. */
export function documents(file: string, text: string): LoadedDocument[] {
  return parseManifest(file, Buffer.from(text)).documents.map((document) => loadDocument(document));
}
