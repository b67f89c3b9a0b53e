import type { Settings } from '../config/settings.ts';
import { Askers } from '../server/askers/askers.ts';
import type { ReplyWatcher } from '../server/askers/reply-watcher.ts';
import { bufferedRandom, randomIndexFrom } from '../support/random.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { AdminParts } from './admins.ts';
import type { Configuration } from './configuration.ts';
import { containerOwners } from './container-names.ts';
import { ExplainPage } from './explain-page.ts';
import { servingServer } from './explained-server.ts';
import { historyAnswer } from './history-page.ts';
import { distinctSets, objectsAnswer } from './object-pages.ts';
import { OwnerNames } from './owner-names.ts';
import { Feed } from './page/feed.ts';
import { AdminPage } from './page/page.ts';
import type { Serving } from './serving.ts';
import type { Shared } from './shared.ts';
import { statsAnswer } from './stats-page.ts';
import type { SeenReply } from './threads/reply-relay.ts';

/** What the admin servers say of a server, and what has to be told to those who say it. */
export interface AdminPages {
  readonly answers: Pick<AdminParts, 'objects' | 'explain' | 'stats' | 'history' | 'page'>;
  /** To be told of each reply. */
  readonly watchers: readonly ReplyWatcher[];
  /** To be told of replies of other threads. */
  readonly onSeen: (reply: SeenReply) => void;
  /** To be told of changes of manifests. */
  readonly onChanged: Shared['onChanged'];
}

/** `serving` is not asked before the first query or request. */
export function adminPages(
  { options }: Settings,
  { clock, metrics }: Shared,
  serving: () => Serving,
): AdminPages {
  const current = () => serving().current;
  const zones = () => zonesOf(current());
  const random = randomIndexFrom(bufferedRandom());
  const askers = options.askers ? new Askers({ clock, metrics, random, zones }) : undefined;
  const feed = options.page ? new Feed({ clock, metrics }) : undefined;
  const page = feed && new AdminPage({ current, metrics, feed });
  const owners = new OwnerNames(
    clock,
    () => distinctSets(current().names.sets.values()),
    (addresses) => containerOwners(addresses, current(), clock.now()),
  );
  const explainPage = new ExplainPage(() => servingServer(serving()));
  return {
    answers: {
      objects: (path, query) => objectsAnswer(path, query, current().names.sets.values()),
      explain: (query) => explainPage.answer(query),
      history: (query) => historyAnswer(query, current().names.sets.values()),
      stats: (query) => statsAnswer(query, askers, zones(), owners),
      page: page && ((path, query) => page.answer(path, query)),
    },
    watchers: [askers, feed?.queries].filter((one) => one !== undefined),
    onSeen: ({ client, key, type, rcode, plugin, seconds, times }) => {
      const query = { key, type, peer: { address: client, port: 0 }, receivedAt: clock.now() };
      askers?.sampled(query, rcode, times);
      feed?.queries.replied(query, rcode, plugin, seconds);
    },
    onChanged: feed && ((change) => feed.changed(change)),
  };
}

function zonesOf({ names }: Configuration): LiveZone[] {
  return [...names.sets.values()].map(({ live }) => live);
}
