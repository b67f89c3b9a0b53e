import { Class, Rcode } from '../../dns/codes.ts';
import { keyOfWire } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';
import type { ChainNote, TracedName, TracedPlugin, TracedQuestion } from '../../explain/trace.ts';
import { originText } from '../../kube/origin.ts';
import type { Next, Plugin, Reply, Request } from '../../plugins/plugin.ts';
import { errorReply, isOfNobody, linkChain, tracedReply } from '../../plugins/reply.ts';
import type { Block, BlockTable } from './block.ts';

/** A question that is to be explained. */
export interface ExplainedQuestion {
  readonly name: WireName;
  readonly type: number;
  /** The address that asks, or would. */
  readonly client: string;
  /** No other server is to be asked. */
  readonly isOffline: boolean;
  /** `Clock.now()`; ms. */
  readonly now: number;
}

/** Steps kept of one question: `autopath` asks those below it once for each search domain. */
const MAX_STEPS = 500;

/**
 * Asks a question as a client's would be, and writes down what each plugin does with it. The short
 * cut is not taken: it answers as the plugins do. `tables` are those of all sockets: the first that
 * has the name takes it.
 */
export async function traceQuestion(
  tables: readonly BlockTable[],
  question: ExplainedQuestion,
): Promise<TracedQuestion> {
  const request = requestOf(question);
  const found = tables.map((table) => table.find(request.key, () => request));
  const block = found.find((one) => one !== undefined);
  const steps: Step[] = [];
  const reply = await ask(block, request, steps);
  const last = steps.findLast(({ asked }) => asked.length === 0) ?? steps.at(-1);
  const { key, type } = request;
  return {
    question: { key, type },
    block: block && blockOf(block),
    plugins: steps.map((step) => tracedPlugin(step, block)),
    decided: nameOf(last?.request ?? request),
    published: last?.plugin.published,
    passed: steps.flatMap(({ plugin, asked }) =>
      asked.length > 0 && plugin.published !== undefined ? [plugin.published] : [],
    ),
    ...tracedReply(reply),
  };
}

interface Step {
  readonly plugin: Plugin;
  readonly request: Request;
  readonly asked: TracedName[];
  readonly notes: ChainNote[];
  below: Reply | undefined;
  reply: Reply | undefined;
}

/** A plugin that throws is like one that says SERVFAIL, as for a client. */
async function ask(block: Block | undefined, request: Request, steps: Step[]): Promise<Reply> {
  const plugins = (block?.plugins ?? []).map((plugin) => watched(plugin, steps));
  try {
    return await linkChain(plugins)(request);
  } catch {
    return errorReply('', Rcode.SERVFAIL);
  }
}

function watched(plugin: Plugin, steps: Step[]): Plugin {
  return {
    name: plugin.name,
    async serve(request, next) {
      const step: Step = {
        plugin,
        request,
        asked: [],
        notes: [],
        below: undefined,
        reply: undefined,
      };
      if (steps.length < MAX_STEPS) steps.push(step);
      const below: Next = async (again) => {
        step.asked.push(nameOf(again));
        step.below = await next(again);
        return step.below;
      };
      const isOffline = request.explained?.isOffline === true;
      const note = (what: ChainNote) => void step.notes.push(what);
      step.reply = await plugin.serve({ ...request, explained: { isOffline, note } }, below);
      return step.reply;
    },
  };
}

function tracedPlugin(
  { plugin, request, asked, notes, below, reply }: Step,
  block: Block | undefined,
): TracedPlugin {
  const origin = block?.source?.lines.get(plugin);
  // What it asked for in vain is no part of an answer of its own.
  const isInVain = below !== undefined && isOfNobody(below) && !(reply && isOfNobody(reply));
  return {
    plugin: plugin.name,
    line: origin && originText(origin),
    question: nameOf(request),
    asked: isInVain ? [] : asked,
    rcode: reply === undefined || reply.isSilent ? undefined : reply.rcode,
    isChanged: below !== undefined && !isSame(below, reply),
    text: reply?.error?.text ?? '',
    notes,
  };
}

/** Records that come in another order, or with less time to live, are the same. */
function isSame(below: Reply, reply: Reply | undefined): boolean {
  if (reply === undefined || reply === below) return reply === below;
  return (
    reply.rcode === below.rcode &&
    reply.isSilent === below.isSilent &&
    reply.answer.length === below.answer.length
  );
}

function blockOf({ zoneNames, view, plugins, source }: Block): TracedQuestion['block'] {
  const upstreams = plugins.flatMap((plugin) => plugin.upstreams?.() ?? []);
  return {
    zones: zoneNames,
    view,
    line: source?.origin && originText(source.origin),
    live: source?.live,
    upstreams: [...new Set(upstreams.map(({ label }) => label))],
  };
}

function nameOf({ key, type }: Request): TracedName {
  return { key, type };
}

function requestOf({ name, type, client, isOffline, now }: ExplainedQuestion): Request {
  const key = keyOfWire(name);
  return {
    id: 0,
    name,
    key,
    type,
    qclass: Class.IN,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client: { address: client, port: 0 },
    local: { address: '127.0.0.1', port: 53 },
    transport: 'udp',
    size: name.length + 17,
    receivedAt: now,
    aliases: [],
    explained: { isOffline, note: () => {} },
  };
}
