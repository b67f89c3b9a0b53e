import type { Controllers } from '../controllers/controllers.ts';
import { endpointHostProblems } from '../controllers/endpoints/slice-problems.ts';
import { namedHosts } from '../controllers/hosts/named-hosts.ts';
import type { NamespaceView } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import type { Registry } from '../registry/registry.ts';
import type { SourceReport } from '../sources/source.ts';
import { pieceByPiece } from '../support/collections.ts';
import type { Pieces } from '../support/pieces.ts';
import type { NameRule } from '../zone/compiler.ts';
import type { ZoneOptions } from '../zone/options.ts';
import {
  type ControlSummary,
  exampleOf,
  type NamespaceSummary,
  namespaceSummary,
  readyAddresses,
  someClusterIPs,
} from './summary.ts';
import { unanswered } from './unanswered.ts';

/** What is summed up. */
export interface SummedUp {
  readonly registry: Registry;
  /** The namespaces that are exposed, by name. */
  readonly views: readonly NamespaceView[];
  readonly controllers: Pick<Controllers, 'problems'>;
  readonly rules: readonly NameRule[];
  readonly options: ZoneOptions;
  /** Folders or files that the objects are from. */
  readonly manifests: readonly string[];
}

/**
 * What is loaded, going by what the source has found. Each piece looks at some hundred Services, or
 * takes a quick look at all of a namespace. Where objects change in between, some figures are of
 * before and some of after.
 */
export function* summarize(
  source: Omit<SourceReport, 'held'>,
  { registry, views: live, controllers, rules, options, manifests }: SummedUp,
): Pieces<ControlSummary> {
  const { labels, clusterIpEndpoints, simulatedPods } = options;
  // Views change in place; those of a list that does would be passed over, or counted twice.
  const views = live.map((view) => ({
    ...view,
    services: [...view.services],
    pods: [...view.pods],
  }));
  const example = exampleOf(views, labels);
  const namespaces: NamespaceSummary[] = [];
  for (const view of views) {
    yield;
    const hosts = namedHosts(registry.namespace(view.name)).size;
    yield;
    namespaces.push(yield* namespaceSummary(view, hosts));
  }
  yield;
  const ofControllers = yield* controllers.problems(registry, views);
  const ofRules = rules.flatMap((rule) => rule.problems?.() ?? []);
  const large = yield* problemsOf(views, largeAnswers);
  const hints = unanswered(views, registry, options, manifests);
  const ofHosts = yield* problemsOf(views, (view) =>
    endpointHostProblems(view, options.endpointsDns),
  );
  return {
    files: source.files,
    namespaces,
    passedOver: source.passedOver,
    refusedDocuments: source.refusedDocuments,
    problems: [...source.problems, ...ofControllers, ...ofRules, ...large, ...hints, ...ofHosts],
    ...(example === undefined ? {} : { example }),
    // Where Pods are made up, none can be reached.
    clusterIPs: clusterIpEndpoints || simulatedPods ? [] : someClusterIPs(views, labels),
  };
}

function* problemsOf(
  views: readonly NamespaceView[],
  find: (view: NamespaceView) => Problem[],
): Pieces<Problem[]> {
  const found: Problem[] = [];
  for (const view of views) {
    for (const services of pieceByPiece(view.services)) {
      found.push(...find({ ...view, services }));
      yield;
    }
  }
  return found;
}

/** An answer of 65,000 bytes holds this many A records; no DNS message can carry more. */
const MAX_ADDRESSES = 4060;

function largeAnswers(view: NamespaceView): Problem[] {
  return view.services.flatMap(({ name, origin }) => {
    const ready = readyAddresses(view.slices.get(name) ?? []);
    if (ready <= MAX_ADDRESSES) return [];
    const message = `Service "${name}" has ${ready} ready addresses: no DNS message can carry over ${MAX_ADDRESSES}, so answers are cut`;
    return [{ severity: 'warning', code: 'ANSWER_TOO_LARGE', message, origin }];
  });
}
