import { ClusterBasics } from '../controllers/cluster-basics.ts';
import { Controllers, type GivenAddresses } from '../controllers/controllers.ts';
import { IngressNginxControllers } from '../controllers/hosts/ingress-nginx.ts';
import { namedHosts } from '../controllers/hosts/named-hosts.ts';
import { emptyView } from '../controllers/namespace-view.ts';
import { newView, type ViewChange } from '../controllers/view-change.ts';
import type { NamedHost } from '../explain/objects.ts';
import type { ObjectsAnswer, ObjectsQuestion, TableRecord } from '../explain/objects-question.ts';
import type { Ingress, NamespaceView, Pod } from '../kube/objects.ts';
import type { NamespaceDelta } from '../registry/namespace-delta.ts';
import { type ObjectChange, Registry } from '../registry/registry.ts';
import type { Source, SourceReport } from '../sources/source.ts';
import { atOnce, type Pieces } from '../support/pieces.ts';
import { ClusterRule, isExposed } from '../zone/cluster.ts';
import { type NameChanges, NameCompiler, type NameRule } from '../zone/compiler.ts';
import { ExternalRule } from '../zone/external.ts';
import { GatewayRule } from '../zone/gateway.ts';
import { hostKey } from '../zone/names.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { type PodChanges, PodOwners } from '../zone/pod-owners.ts';
import type { ChangeReport } from './change-report.ts';
import { explainObjects } from './explain-objects.ts';
import type { ChangeOrigins } from './history/change-origins.ts';
import { type BrowseQuestion, browse } from './listing/browse.ts';
import { type Page, type PageRequest, pageOf } from './listing/pages.ts';
import { Provenances } from './provenance.ts';
import { changedServices, NO_SERVICES, type ServiceCounts, sum } from './publish/programmed.ts';
import { viewsBehind } from './record-views.ts';
import { summarize } from './summarize.ts';
import type { ControlSummary } from './summary.ts';

export interface ControlPlaneOptions {
  readonly zone: ZoneOptions;
  /** Folders or files that the objects are from, for what is said of them all. */
  readonly manifests?: readonly string[];
  /** Our own addresses, for NS records. */
  readonly serverAddresses: readonly string[];
  /** Addresses given out in an earlier run. */
  readonly given?: GivenAddresses | undefined;
  /** Called between pieces of work. */
  readonly step?: () => void;
}

/** Objects as they are written, and as DNS sees them. */
export interface LoadedObjects {
  readonly registry: Registry;
  /** The namespaces that are exposed, by name. */
  readonly views: readonly NamespaceView[];
}

/** From objects to names: registry, controllers and compiler, without threads, clocks or disks. */
export class ControlPlane {
  readonly #registry = new Registry();
  readonly #basics: ClusterBasics | undefined;
  readonly #controllers: Controllers;
  readonly #rules: readonly NameRule[];
  readonly #compilers: readonly NameCompiler[];
  readonly #pods = new PodOwners();
  readonly #options: ZoneOptions;
  readonly #manifests: readonly string[];
  readonly #step: () => void;
  #serverAddresses: readonly string[];
  #changed: ServiceCounts = NO_SERVICES;

  constructor(options: ControlPlaneOptions) {
    this.#options = options.zone;
    this.#manifests = options.manifests ?? [];
    this.#basics = options.zone.clusterBasics && new ClusterBasics();
    this.#step = options.step ?? (() => {});
    this.#controllers = new Controllers(options.zone, options.given);
    this.#rules = rulesOf(options.zone, this.#registry);
    this.#compilers = this.#rules.map((rule) => new NameCompiler(rule, this.#step));
    this.#serverAddresses = options.serverAddresses;
  }

  /**
   * Takes a change of the objects, and returns which names change; `report` gets it in words, and
   * `origins` where its objects were before.
   */
  take(given: ObjectChange, report?: ChangeReport, origins?: ChangeOrigins): NameChanges {
    const change = this.#basics?.complete(given) ?? given;
    report?.objects(change, this.#registry);
    origins?.objects(change, this.#registry);
    return this.#compile(this.#registry.apply(change), report);
  }

  /** Says which addresses we listen on now. */
  setServerAddresses(addresses: readonly string[]): NameChanges {
    this.#serverAddresses = addresses;
    return this.#compile(new Map());
  }

  /** The Services that the last change was about. */
  get changed(): ServiceCounts {
    return this.#changed;
  }

  /**
   * Addresses of Pods whose namespace has changed since this was last called; none without
   * `pods verified`.
   */
  takePodChanges(): PodChanges {
    return this.#pods.takeChanges();
  }

  /** The addresses given out, to be remembered. */
  get given(): GivenAddresses {
    return this.#controllers.given;
  }

  /**
   * Says where records come from, until the next change: all records, or these. Compiles the names
   * once more, as what is compiled for answering keeps no objects.
   */
  provenances(records?: readonly TableRecord[]): Provenances {
    const { views: known } = this.#controllers;
    const compilers = rulesOf(this.#options, this.#registry).map((rule) => {
      const compiler = new NameCompiler(rule, this.#step, true);
      const table = rule.table ?? 'cluster';
      const behind =
        records === undefined
          ? [...known.values()]
          : viewsBehind(records, table, known, this.#options);
      const views = behind.map(newView);
      compiler.update({ views, gone: [], serverAddresses: this.#serverAddresses });
      return [table, compiler] as const;
    });
    return new Provenances(new Map(compilers));
  }

  /** What the objects say to a question, going by what their source has found. */
  explain(question: ObjectsQuestion, source: Pick<Source, 'report' | 'heldBack'>): ObjectsAnswer {
    const registry = this.#registry;
    const { problems } = source.report();
    const objects = {
      options: this.#options,
      views: this.#controllers.views,
      problems,
      objects: (name: string) => registry.namespace(name),
      host: (name: string) => this.#hostNamed(name),
    };
    return explainObjects(question, objects, this.provenances(question.records), {
      problems,
      heldBack: ({ key }) => {
        const object = registry.find(key);
        return object && source.heldBack?.(object);
      },
    });
  }

  #hostNamed(name: string): NamedHost | undefined {
    for (const namespace of this.#controllers.views.keys()) {
      const object = namedHosts(this.#registry.namespace(namespace)).get(name);
      if (object === undefined) continue;
      const key = hostKey(name);
      const faults = this.#rules.flatMap((rule) => (key && rule.faultOf?.(key)) ?? []);
      return { object, fault: faults[0] ?? '' };
    }
    return undefined;
  }

  /** A part of a table of objects, of all namespaces, exposed or not. */
  page(request: PageRequest): Page {
    const registry = this.#registry;
    const controllers = request.resource === 'ingresses' ? this.#ingressControllers() : undefined;
    const pointsOf = (ingress: Ingress) => controllers?.statusOf(ingress)?.points ?? [];
    return pageOf(request, [...this.#controllers.views.keys()], (name) => {
      const view = name === '' ? emptyView(name) : this.#controllers.views.get(name);
      const objects = registry.namespace(name);
      const pods = this.#controllers.podsOf(registry, name);
      return view && { view, objects, pods, nodes: registry.nodes, pointsOf };
    });
  }

  /** What the page shows of the objects; undefined for a Service that does not exist. */
  browse(question: BrowseQuestion): ReturnType<typeof browse> {
    return browse(question, this.#controllers.views);
  }

  objects(): LoadedObjects {
    const views = [...this.#controllers.views.values()]
      .filter((view) => isExposed(view, this.#options))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return { registry: this.#registry, views };
  }

  #ingressControllers(): IngressNginxControllers {
    const registry = this.#registry;
    const workloads = [...this.#controllers.views.keys()].flatMap(
      (name) => registry.namespace(name)?.workloads ?? [],
    );
    return new IngressNginxControllers(workloads, {
      views: this.#controllers.views,
      nodes: registry.nodes,
    });
  }

  /** What is loaded now, going by what the source has found. */
  summary(source: Omit<SourceReport, 'held'>): ControlSummary {
    return atOnce(this.summarize(source));
  }

  /** The same, piece by piece. */
  summarize(source: Omit<SourceReport, 'held'>): Pieces<ControlSummary> {
    return summarize(source, {
      ...this.objects(),
      controllers: this.#controllers,
      rules: this.#rules,
      options: this.#options,
      manifests: this.#manifests,
    });
  }

  #compile(deltas: ReadonlyMap<string, NamespaceDelta>, report?: ChangeReport): NameChanges {
    const gone: string[] = [];
    const changed: ViewChange[] = [];
    this.#changed = NO_SERVICES;
    for (const [name, delta] of this.#controllers.update(this.#registry, deltas)) {
      this.#step();
      const news = this.#controllers.view(this.#registry, name, delta);
      if (news === undefined) {
        gone.push(name);
        this.#pods.remove(name);
        continue;
      }
      changed.push(news);
      report?.view(news);
      const { view } = news;
      if (isExposed(view, this.#options)) this.#changed = sum(this.#changed, changedServices(news));
      for (const [pod, { after }] of news.pods) {
        this.#pods.set(name, pod, podAddresses(after, this.#options));
      }
    }
    const change = { views: changed, gone, serverAddresses: this.#serverAddresses };
    // The first has the names of the cluster, which are most: those of the others are added there.
    let changes: NameChanges | undefined;
    for (const compiler of this.#compilers) {
      const found = compiler.update(change);
      if (changes === undefined) changes = found;
      else for (const [place, name] of found) changes.set(place, name);
      this.#step();
    }
    return changes ?? new Map();
  }
}

function rulesOf(options: ZoneOptions, registry: Registry): NameRule[] {
  const { external, gateway } = options;
  return [
    new ClusterRule(options, registry),
    ...(external ? [new ExternalRule(options, external)] : []),
    ...(gateway ? [new GatewayRule(gateway, registry)] : []),
  ];
}

const NO_ADDRESSES: readonly string[] = [];

/**
 * The addresses by which a Pod can be told as a client. Those of the host's network are left out:
 * their address is the node's, and other clients have it too. CoreDNS takes Pods of all namespaces
 * here, exposed or not.
 */
function podAddresses(pod: Pod | undefined, { pods, labels }: ZoneOptions): readonly string[] {
  if (pods !== 'verified' || pod === undefined || pod.hostNetwork) return NO_ADDRESSES;
  return labels.matches(pod.labels) ? pod.podIPs : NO_ADDRESSES;
}
