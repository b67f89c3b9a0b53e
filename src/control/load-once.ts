import type { GivenAddresses } from '../controllers/controllers.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../explain/objects-question.ts';
import { realDisk } from '../sources/folder/read/disk.ts';
import { thisMachine } from '../sources/kubeapi/machine.ts';
import { makeSource } from '../sources/make-source.ts';
import type { ReadingObserver } from '../sources/source.ts';
import {
  type FollowOptions,
  type SourceObjects,
  sourceSettings,
} from '../sources/source-settings.ts';
import { inputOf } from '../sources/standard-input.ts';
import { systemClock } from '../support/clock.ts';
import { LiveZone } from '../zone/live-zone.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { ControlPlane, type LoadedObjects } from './control-plane.ts';
import type { Page, PageRequest } from './listing/pages.ts';
import type { Provenances } from './provenance.ts';
import { Outbox } from './publish/outbox.ts';
import type { LoadSummary } from './summary.ts';

/** Everything that a folder of manifests comes to. */
export interface Loaded {
  readonly summary: LoadSummary;
  /** Published and ready to be asked. */
  readonly live: LiveZone;
  /** Says where the records come from. */
  provenances(): Provenances;
  /** What its objects say to a question. */
  explain(question: ObjectsQuestion): ObjectsAnswer;
  /** The addresses given out. */
  readonly given: GivenAddresses;
  /** A part of a table of its objects. */
  page(request: PageRequest): Page;
  objects(): LoadedObjects;
}

/** Objects, and the options that say which names they give. */
export interface WhatToLoad extends SourceObjects {
  readonly zone: ZoneOptions;
}

/** How a source is read that is not followed. */
const ONCE: FollowOptions = {
  watch: false,
  rescanSeconds: 0,
  holdDeletions: false,
  keepLastGood: true,
  follow: false,
  staleSeconds: 0,
};

/**
 * Reads everything once, in this thread, without watching: for commands that only look. `given`
 * are the addresses that a server has given out, so that they are its own; `observer` sees the
 * files.
 */
export async function loadOnce(
  wanted: WhatToLoad,
  serverAddresses: readonly string[],
  given?: GivenAddresses,
  observer?: ReadingObserver,
): Promise<Loaded> {
  const { manifests, zone } = wanted;
  const plane = new ControlPlane({ zone, manifests, serverAddresses, given });
  const live = new LiveZone(zone);
  const outbox = new Outbox();
  const source = makeSource(
    sourceSettings(wanted, zone, ONCE),
    { ...thisMachine, clock: systemClock, disk: realDisk, input: inputOf(manifests) },
    { onChange: (change) => outbox.add(plane.take(change)), observer },
  );
  await source.start();
  await source.stop();
  for (let part = outbox.take(); part !== undefined; part = outbox.take()) {
    live.apply(part, systemClock.wallSeconds());
  }
  live.isSynced = true;
  const summary = { ...plane.summary(source.report()), names: live.size };
  return {
    summary,
    live,
    provenances: () => plane.provenances(),
    explain: (question) => plane.explain(question, source),
    given: plane.given,
    page: (request) => plane.page(request),
    objects: () => plane.objects(),
  };
}
