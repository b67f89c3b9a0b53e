import type { Problem } from '../../kube/problem.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { Source, SourceEvents, SourceReport } from '../source.ts';
import { type AccessWorld, accessText, type ClusterAccess } from './access/access.ts';
import { Credentials } from './access/credentials.ts';
import type { RunProgram } from './access/exec-plugin.ts';
import { ChangeBatch } from './change-batch.ts';
import { ApiClient } from './client/api-client.ts';
import { type ApiError, connectionError } from './client/api-error.ts';
import { RequestLimiter, type RequestLimits } from './client/request-limiter.ts';
import { Gathering } from './gathering.ts';
import { MinuteReport } from './minute-report.ts';
import { Reflector } from './reflector/reflector.ts';
import { RetryTurns } from './reflector/retry-turns.ts';
import { type Resource, type WantedObjects, wantedResources } from './resources.ts';
import { isLasting, troubleText, UNREADABLE } from './trouble.ts';

/** Which cluster, and what of it. Plain data; nothing of it is a secret. */
export interface ClusterSettings {
  readonly access: ClusterAccess;
  readonly limits: RequestLimits;
  /** When nothing is to be followed: how long to try to read everything once, ms. */
  readonly startupTimeoutMs: number;
  readonly wanted: WantedObjects;
  /** False: everything is read once. */
  readonly follow: boolean;
  /** What has not been heard of for so long is called stale; 0 for never. */
  readonly staleSeconds: number;
}

export interface ClusterWorld extends AccessWorld {
  readonly clock: Clock;
  /** Unix time, ms. */
  readonly unixMs: () => number;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  readonly run: RunProgram;
}

/** How often it is looked whether the server is there, and how old what it said is; ms. */
const LOOK_MS = 1000;

/** What happened longer ago than this was not what an event is about, ms. */
const MAX_TRIGGER_AGE_MS = 600_000;

/** Between two tries to read everything once, ms. */
const AGAIN_MS = 1000;

/** The objects of an API server: listed, and then followed by watches. */
export class ClusterSource implements Source {
  readonly #settings: ClusterSettings;
  readonly #world: ClusterWorld;
  readonly #events: SourceEvents;
  readonly #client: ApiClient;
  readonly #reflectors: readonly Reflector[];
  readonly #stopped = new AbortController();
  readonly #turns: RetryTurns;
  readonly #batch = new ChangeBatch();
  readonly #gathering: Gathering;
  readonly #unlisted: Set<Resource>;
  readonly #report: MinuteReport;
  #triggeredAt = Number.POSITIVE_INFINITY;
  #looking: Timer | undefined;
  #isStale = false;
  #markSynced: () => void = () => {};

  constructor(settings: ClusterSettings, world: ClusterWorld, events: SourceEvents) {
    const { access, limits, wanted } = settings;
    this.#settings = settings;
    this.#world = world;
    this.#events = events;
    const { clock } = world;
    const place = accessText(access);
    this.#turns = new RetryTurns(clock);
    this.#gathering = new Gathering(clock, (since) => this.#deliverBatch(since));
    this.#report = new MinuteReport(place, clock, (text) => this.#log(text));
    this.#client = new ApiClient({
      credentials: new Credentials(access, world),
      limiter: new RequestLimiter(limits, clock),
      clock,
      onRequest: (measure) => events.onMeasure?.({ kind: 'request', ...measure }),
      onUnchecked: (server) =>
        events.onWarning?.(
          `Not checking the certificate of ${server}: whoever has its address can give any names (insecure-skip-tls-verify in ${place})`,
        ),
    });
    const resources = wantedResources(wanted);
    this.#unlisted = new Set(resources);
    this.#reflectors = resources.map((resource) => this.#reflector(resource));
  }

  start(): Promise<void> {
    this.#deliver({ put: [], gone: [], named: [], unnamed: [] }, undefined);
    if (!this.#settings.follow) return this.#readOnce();
    for (const reflector of this.#reflectors) void reflector.follow();
    this.#look();
    return new Promise((resolve) => {
      this.#markSynced = resolve;
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#gathering.cancel();
    this.#looking?.cancel();
    this.#client.close();
  }

  report(): SourceReport {
    const refused = this.#reflectors.flatMap(({ collection }) => collection.problems);
    const trouble = this.#settings.follow
      ? []
      : this.#report.messages.map((text) => this.#problem(text));
    return {
      files: 0,
      passedOver: [],
      refusedDocuments: new Set(refused.map(({ origin }) => origin.file)).size,
      problems: [...trouble, ...refused],
      held: { services: 0, objects: 0 },
    };
  }

  #reflector(resource: Resource): Reflector {
    const { clock, random } = this.#world;
    return new Reflector({
      resource,
      client: this.#client,
      clock,
      random,
      step: this.#events.step ?? (() => {}),
      signal: this.#stopped.signal,
      turns: this.#turns,
      events: {
        onChange: (change, triggeredAt) => {
          this.#batch.add(change);
          if (triggeredAt > 0) this.#triggeredAt = Math.min(this.#triggeredAt, triggeredAt);
          if (change.put.length + change.gone.length > 0) this.#gather();
        },
        onListed: () => this.#listed(resource),
        onTrouble: (error) => this.#report.begin(resource.path, troubleText(resource, error)),
        onUncompared: (error) => {
          const text = troubleText(resource, error);
          this.#log(
            `${accessText(this.#settings.access)}: ${text}: a change that its watch misses stays unknown`,
          );
        },
        onContact: () => this.#report.end(resource.path),
      },
    });
  }

  /** Until all are listed nothing is delivered: a Service without its endpoints would be wrong. */
  #listed(resource: Resource): void {
    this.#unlisted.delete(resource);
    if (this.#unlisted.size > 0) return;
    this.#gather();
    this.#markSynced();
  }

  #gather(): void {
    if (this.#unlisted.size === 0) this.#gathering.call();
  }

  #deliverBatch(since: number): number {
    const { clock, unixMs } = this.#world;
    const ageMs = unixMs() - this.#triggeredAt;
    this.#triggeredAt = Number.POSITIVE_INFINITY;
    const isKnown = ageMs > 0 && ageMs < MAX_TRIGGER_AGE_MS;
    const objects = this.#batch.take();
    this.#deliver(objects, isKnown ? clock.now() - ageMs : since);
    return objects.put.length + objects.gone.length;
  }

  #deliver(objects: ReturnType<ChangeBatch['take']>, changedAt: number | undefined): void {
    this.#events.onChange({ ...objects, isSynced: this.#unlisted.size === 0, changedAt });
  }

  /** For commands that only look. What cannot be read is tried for a while. */
  async #readOnce(): Promise<void> {
    const deadline = this.#world.clock.now() + this.#settings.startupTimeoutMs;
    await Promise.all(this.#reflectors.map((reflector) => this.#listOnce(reflector, deadline)));
    this.#gathering.now();
  }

  async #listOnce(reflector: Reflector, deadline: number): Promise<void> {
    const { clock } = this.#world;
    const { resource } = reflector;
    for (;;) {
      try {
        await reflector.list();
        return;
      } catch (error) {
        const failure: ApiError = connectionError(error);
        if (failure.status === 404 && resource.isOptional) return this.#listed(resource);
        this.#report.begin(resource.path, troubleText(resource, failure));
        if (isLasting(failure) || clock.now() + AGAIN_MS > deadline) return;
        await new Promise<void>((go) => clock.setTimeout(go, AGAIN_MS));
      }
    }
  }

  #look(): void {
    const { clock, unixMs } = this.#world;
    const now = clock.now();
    const outages = this.#reflectors.map(({ contactAt }) => Math.max(0, now - contactAt));
    const oldest = Math.max(...outages);
    const isSynced = this.#unlisted.size === 0;
    this.#report.look(isSynced ? oldest : undefined);
    this.#events.onMeasure?.({
      kind: 'followed',
      resources: this.#reflectors.map(({ resource, collection, lists, watches, eventAt }, at) => ({
        kind: resource.kind,
        objects: collection.size,
        lists,
        watches,
        eventAgeSeconds: (now - eventAt) / 1000,
        outageSeconds: (outages[at] ?? 0) / 1000,
      })),
    });
    const { staleSeconds } = this.#settings;
    const isStale = staleSeconds > 0 && oldest >= staleSeconds * 1000 && isSynced;
    if (isStale !== this.#isStale) {
      this.#isStale = isStale;
      this.#events.onStale?.(isStale ? Math.floor((unixMs() - oldest) / 1000) : undefined);
    }
    this.#looking = clock.setTimeout(() => this.#look(), LOOK_MS);
  }

  #log(text: string): void {
    if (this.#settings.follow) this.#events.onWarning?.(text);
  }

  #problem(message: string): Problem {
    const origin = { file: accessText(this.#settings.access), document: 0, line: 0, column: 0 };
    return { severity: 'error', code: UNREADABLE, message, origin };
  }
}
