import { typeName } from '../dns/codes.ts';
import { keyOfWire, labelsOf, wireFromText } from '../dns/name.ts';
import type { WireName } from '../dns/record.ts';
import { nameText } from './cluster-name.ts';
import type { ExplainedClient, Explanation, Waste } from './explanation.ts';
import type { ObjectsAnswer, ObjectsQuestion } from './objects-question.ts';
import { type Reason, Weight } from './reason.ts';
import { NDOTS, searchDomains, searchSteps } from './search-list.ts';
import { explainedStep, objectsQuestion, type WeighedStep } from './step.ts';
import type { TracedQuestion } from './trace.ts';

/** A server, or what would be one, whose answers are explained. */
export interface ExplainedServer {
  /** The zone of its cluster's names, as text without the final dot. */
  readonly zone: string;
  /** Asks a question as this client would. */
  ask(name: WireName, type: number, client: string): Promise<TracedQuestion>;
  /**
   * Asks the objects behind the names of a server block; undefined when they do not answer in time.
   * Without a question that was asked before: those of the first `kubernetes`.
   */
  objects(
    question: ObjectsQuestion,
    asked: TracedQuestion | undefined,
  ): Promise<ObjectsAnswer | undefined>;
}

/** What is to be explained. */
export interface ExplainRequest {
  readonly name: WireName;
  /** As it was written, for the reader. */
  readonly text: string;
  readonly type: number;
  /** It was written with a final dot: no search list is tried. */
  readonly isAbsolute: boolean;
  /** The client's namespace, or the address of its Pod. */
  readonly from: { readonly namespace: string } | { readonly address: string };
}

/** Who asks where only a namespace is given. */
const NO_POD = '127.0.0.1';

/** Asks what a Pod's resolver would ask, and says why each question has its answer. */
export async function explain(
  request: ExplainRequest,
  server: ExplainedServer,
): Promise<Explanation> {
  const client = await clientOf(request, server);
  const { namespace, address = NO_POD } = client;
  const isSearched = !request.isAbsolute && namespace !== undefined;
  const domains = isSearched ? searchDomains(namespace, server.zone) : [];
  const wires = domains.map((text) => ({ text, wire: wireFromText(text) }));
  const steps: WeighedStep[] = [];
  for (const step of searchSteps(request.name, !isSearched, wires)) {
    const traced = await server.ask(step.name, request.type, address);
    const objects = await server.objects(objectsQuestion(traced), traced);
    const told = explainedStep(step, traced, objects);
    steps.push(isMeant(request.name, step.domain, domains) ? told : lighter(told));
    if (steps.at(-1)?.isAnswer) break;
  }
  return explanationOf(request, client, domains, steps);
}

/**
 * Whether the name with this domain behind it is one that may have been meant: `web` in the
 * client's namespace, `web.shop`, `web.shop.svc`. Others are what the search list makes of host
 * names.
 */
function isMeant(name: WireName, domain: string | undefined, domains: readonly string[]): boolean {
  if (domain === undefined || name.charAt(1) === '_') return true;
  const labels = labelsOf(keyOfWire(name));
  switch (domains.indexOf(domain)) {
    case 0:
      return labels.length === 1;
    case 1:
      return labels.length === 2;
    default:
      return labels.at(-1) === 'svc' || labels.at(-1) === 'pod';
  }
}

/** What is wrong with a name that was not meant says little of the one that was. */
function lighter(step: WeighedStep): WeighedStep {
  return step.weight <= Weight.LITTLE ? { ...step, weight: Weight.NOTHING } : step;
}

function explanationOf(
  { text, type, name }: ExplainRequest,
  client: ExplainedClient,
  domains: readonly string[],
  steps: readonly WeighedStep[],
): Explanation {
  const last = steps.length - 1;
  const isFound = steps[last]?.isAnswer === true;
  const toldBy = isFound ? last : heaviest(steps);
  const told = steps[toldBy] as WeighedStep;
  return {
    question: { name: text, type: typeName(type) },
    client,
    search: { ndots: NDOTS, domains },
    steps: steps.map(({ weight, isAnswer, ...step }) => step),
    answeredBy: isFound ? last : null,
    toldBy,
    rcode: isFound ? told.rcode : (outcome(steps) ?? told.rcode),
    reason: isFound ? told.reason : withOutside(told, steps),
    waste: wasteOf(nameText(keyOfWire(name)), steps, isFound),
  };
}

/** The first of those that tell the most. */
function heaviest(steps: readonly WeighedStep[]): number {
  let best = 0;
  for (const [at, { weight }] of steps.entries()) {
    if (weight > (steps[best]?.weight ?? 0)) best = at;
  }
  return best;
}

/** What the cluster has nothing of may be a host outside: then the answer from there counts too. */
function withOutside(told: WeighedStep, steps: readonly WeighedStep[]): Reason {
  const { reason, weight } = told;
  if (reason.code !== 'NO_NAMESPACE' || weight > Weight.LITTLE) return reason;
  const outside = steps.find(({ searchDomain }) => searchDomain === null)?.reason;
  switch (outside?.code) {
    case 'UPSTREAM':
    case 'UPSTREAM_KEPT':
      return { ...reason, text: `${reason.text}; ${outside.text}` };
    case 'NOT_ASKED':
      return { ...reason, text: `${reason.text}; upstreams are not asked by this command` };
    default:
      return reason;
  }
}

/** As glibc has it: that there is no data, if any name had none; else what the last one got. */
function outcome(steps: readonly WeighedStep[]): string | null {
  const isNoData = steps.some(({ rcode }) => rcode === 'NODATA');
  return isNoData ? 'NODATA' : (steps.at(-1)?.rcode ?? null);
}

function wasteOf(name: string, steps: readonly WeighedStep[], isFound: boolean): Waste {
  const questions = isFound ? steps.length - 1 : 0;
  const answer = steps.at(-1);
  if (questions === 0 || answer === undefined) return { questions: 0, advice: '' };
  const shorter = answer.searchDomain === null ? `${name}.` : answer.name;
  return { questions, advice: `ask for ${shorter} with its final dot` };
}

async function clientOf(
  { from }: ExplainRequest,
  server: ExplainedServer,
): Promise<ExplainedClient> {
  if ('namespace' in from) return from;
  const { address } = from;
  const answer = await server.objects({ names: [], records: [], client: address }, undefined);
  const pod = answer?.client;
  return { address, namespace: pod?.namespace, pod };
}
