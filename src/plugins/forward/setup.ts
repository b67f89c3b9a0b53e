import { resolve } from 'node:path';
import type { Line, Word } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { type NameKey, ROOT, textOf } from '../../dns/name.ts';
import { originText } from '../../kube/origin.ts';
import type { Gauge } from '../../observe/metrics.ts';
import { forgivingStalls } from '../../support/awake-time.ts';
import { fileFault } from '../../support/file-error.ts';
import { Places } from '../../support/slots.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { LOOP_METRICS } from '../loop/index.ts';
import type { PluginContext, PluginSetup } from '../plugin.ts';
import { limitCounters } from './exchange/limits.ts';
import { FORWARD_FLAGS, NAME } from './flags.ts';
import { Forwarder, type ForwardMetrics } from './forwarder.ts';
import { Forward } from './index.ts';
import { FORWARD_METRICS } from './metrics.ts';
import { destinationFrom } from './options/destination.ts';
import { DEFAULTS, type ForwardOptions } from './options/options.ts';
import {
  type Draft,
  FORWARD_OPTIONS,
  type OptionReader,
  readOptions,
} from './options/read-options.ts';
import { type DatagramGauges, DatagramSlots } from './transport/datagram-pool.ts';
import { limitedSockets, localFailureReporter } from './transport/limited-sockets.ts';
import { type Machine, thisMachine, type UpstreamFiles } from './transport/machine.ts';
import type { Sockets } from './transport/sockets.ts';
import { LargeReplies } from './upstream/large-replies.ts';
import {
  FileSource,
  fixedSource,
  HostSource,
  nameserversIn,
  type SourceContext,
  type UpstreamSource,
} from './upstream/sources.ts';
import type { UpstreamContext } from './upstream/upstream.ts';
import { UpstreamSet } from './upstream/upstream-set.ts';
import { Upstreams } from './upstream/upstreams.ts';

/** TOs of a line, as in CoreDNS; a file counts as one. */
const MAX_DESTINATIONS = 15;

/** UDP sockets for each question that may be under way: some are asked twice. */
const SOCKETS_EACH = 1.5;

/** UDP sockets kept for the next questions, for all upstreams; a busy one uses about ten. */
const MAX_KEPT_SOCKETS = 128;

/** With few sockets, most are for the questions that are under way. */
const KEPT_SHARE = 1 / 4;

/** For a plugin that is used without a server around it. */
const UNBOUNDED = new Places(Number.POSITIVE_INFINITY);

/** Reads `forward FROM TO... { … }` lines. */
const setup: PluginSetup = (lines, context, problems) =>
  setupIn(thisMachine)(lines, context, problems);

export const plugin = {
  directive: NAME,
  setup,
  options: FORWARD_OPTIONS,
  flags: FORWARD_FLAGS,
  answers: true,
  takesAllClasses: true,
  isForForwarding: true,
  metrics: FORWARD_METRICS,
} satisfies PluginDeclaration;

/** The same on another machine: for tests. */
export function setupIn(machine: Machine): PluginSetup {
  return (lines, context, problems) => {
    const directive = new Directive(NAME, problems);
    const { folder, clock, log } = context;
    const read = lines.map((line) => readLine(line, { directive, folder, machine, clock, log }));
    if (directive.failed) return undefined;
    const maxConcurrent = read.reduce((total, { options }) => total + options.maxConcurrent, 0);
    const places = context.outgoing ?? UNBOUNDED;
    const maxKept = Math.min(MAX_KEPT_SOCKETS, Math.floor(places.most * KEPT_SHARE));
    const upstreamContext: UpstreamContext = {
      clock: forgivingStalls(context.clock),
      log: context.log,
      metrics: context.metrics,
      random: context.random,
      sockets: limitedSockets(socketsOf(machine, context), {
        places,
        report: localFailureReporter(context),
        later: context.later,
      }),
      datagramSlots: new DatagramSlots(
        Math.ceil(maxConcurrent * SOCKETS_EACH),
        maxKept,
        gaugesOf(context),
      ),
      largeReplies: new LargeReplies(context.clock),
      later: context.later,
    };
    const upstreams = new Upstreams(upstreamContext, context.kept);
    const metrics = metricsOf(context);
    const forwarders = read.map(({ options, sources }, index) => {
      const set = new UpstreamSet(sources, {
        line: lines[index]!.origin,
        upstreamAt: (target) => upstreams.at(target, options),
        listening: context.ownAddresses,
        local: machine.localAddresses,
        loops: loopsOf(context, options.from),
        clock: context.clock,
        log: context.log,
      });
      return new Forwarder(options, set, upstreamContext, metrics, context.isOwnName);
    });
    return new Forward(forwarders, upstreams, context);
  };
}

/** Those of the machine, with the server's own way to open UDP sockets where it has one. */
function socketsOf({ sockets }: Machine, { openDatagram }: PluginContext): Sockets {
  return openDatagram === undefined ? sockets : { ...sockets, datagram: openDatagram };
}

type LineReader = OptionReader & SourceContext;

interface ReadLine {
  readonly options: ForwardOptions;
  readonly sources: readonly UpstreamSource[];
}

function readLine(line: Line, reader: LineReader): ReadLine {
  const { directive } = reader;
  const [from, ...to] = line.args;
  const draft: Draft = { ...DEFAULTS };
  directive.hasArgs(line, 2, Number.POSITIVE_INFINITY);
  const zones = from === undefined ? [] : directive.zones([from], []);
  if (from !== undefined && zones.length > 1) {
    const text = `Unsupported CIDR notation: ${quoted(from.text)} is ${zones.length} zones, only the first is forwarded`;
    directive.warning(text, from.origin);
  }
  readOptions(line, draft, reader);
  const options: ForwardOptions = { ...draft, from: zones[0] ?? ROOT };
  if (to.length > MAX_DESTINATIONS) {
    const text = `more than ${MAX_DESTINATIONS} TOs configured: ${to.length}`;
    directive.error(text, to[MAX_DESTINATIONS]!.origin);
    return { options, sources: [] };
  }
  const sources = to.flatMap((word) => sourceOf(word, options, reader));
  return { options, sources };
}

function sourceOf(
  { text, origin }: Word,
  options: ForwardOptions,
  reader: LineReader,
): UpstreamSource[] {
  const { directive, folder, machine } = reader;
  const { files } = machine;
  const to = destinationFrom(text, (path) => files.isFile(resolve(folder, path)));
  switch (to.kind) {
    case 'fault':
      directive.error(to.text, origin);
      return [];
    case 'address':
      if (to.servername !== undefined && options.tls.servername !== undefined) {
        directive.error(`tls_servername cannot be used with the name in ${quoted(text)}`, origin);
      }
      return [fixedSource({ ...to, origin: originText(origin) })];
    case 'host':
      return [
        new HostSource(
          { ...to, servername: options.tls.servername ?? to.host, origin: originText(origin) },
          options.resolvers,
          reader,
        ),
      ];
    case 'file': {
      const path = resolve(folder, to.path);
      const content = textOfFile(path, files);
      if (nameserversIn(content.text).length === 0) {
        // Not an error: a machine may get its name servers after we have started.
        const found = content.fault ?? 'it has no nameserver line with an address';
        const what = `${quoted(path)} names no server to forward to: ${found}`;
        directive.warning(`${what}; names are not forwarded until it does`, origin);
      }
      return [new FileSource(path, content.text, reader)];
    }
  }
}

function textOfFile(path: string, files: UpstreamFiles): { text: string; fault?: string } {
  if (!files.isFile(path)) return { text: '', fault: 'there is no such file' };
  try {
    return { text: files.read(path) };
  } catch (error) {
    return { text: '', fault: fileFault(error) };
  }
}

function loopsOf({ metrics, server }: PluginContext, from: NameKey): Gauge {
  return metrics.of(LOOP_METRICS).gauge('svcdns_loop_detected', { server, zone: textOf(from) });
}

function gaugesOf({ metrics }: PluginContext): DatagramGauges {
  const gauge = (state: 'asking' | 'kept') =>
    metrics.of(FORWARD_METRICS).gauge('svcdns_forward_udp_sockets', { state });
  return { asking: gauge('asking'), kept: gauge('kept') };
}

function metricsOf(context: PluginContext): ForwardMetrics {
  const metrics = context.metrics.of(FORWARD_METRICS);
  return {
    limits: limitCounters(context),
    broken: metrics.counter('coredns_forward_healthcheck_broken_total'),
    extraTries: metrics.counter('svcdns_forward_extra_tries_total'),
    inFlight: metrics.gauge('svcdns_forward_in_flight'),
    late: {
      now: metrics.gauge('svcdns_forward_late'),
      dropped: metrics.counter('svcdns_forward_late_dropped_total'),
    },
  };
}
