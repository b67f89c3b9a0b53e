import type { Line, ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import type { EdnsOptionData, ExtendedErrorText } from '../dns/edns.ts';
import type { ReplyContent } from '../dns/message.ts';
import type { NameKey } from '../dns/name.ts';
import type { SocketAddress, Transport } from '../dns/query.ts';
import type { WireName } from '../dns/record.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../explain/objects-question.ts';
import type { Explained } from '../explain/trace.ts';
import type { Origin } from '../kube/objects.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clock } from '../support/clock.ts';
import type { Places } from '../support/slots.ts';
import type { ExtraNames } from '../zone/extra-names.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { PublishedNames } from '../zone/lookup.ts';
import type { ExtraTable } from '../zone/options.ts';
import type { OpenDatagram } from './datagram.ts';
import type { Relaying, ReplyKeeper } from './relaying.ts';
import type { UpstreamHandle } from './upstream-handle.ts';

/** The OPT record of a query. */
export interface RequestEdns {
  /** UDP payload size of the client, bytes, as sent. */
  readonly size: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOptionData[];
}

/**
 * What is known of one query beyond its question, under CoreDNS's labels (`kubernetes/namespace`):
 * filled and read by the plugins of its server block.
 */
export interface RequestMetadata {
  /** Undefined when the label has no value. Computed when it is read. */
  value(label: string): string | undefined;
  /** Sets a value, for later readers. */
  set(label: string, value: string): void;
}

/**
 * One question on its way through the chain. Never changed: a plugin that wants another question
 * asked passes a changed copy to the next one.
 */
export interface Request {
  /** The message ID, for logs. */
  readonly id: number;
  /** In the client's case. */
  readonly name: WireName;
  /** `name`, folded. */
  readonly key: NameKey;
  readonly type: number;
  readonly qclass: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly authenticData: boolean;
  /** Undefined when the query had no OPT record: then the reply has none either. */
  readonly edns: RequestEdns | undefined;
  /** Who asked. The address has no zone; IPv4 is never mapped. */
  readonly client: SocketAddress;
  /** The address and port that was asked. */
  readonly local: SocketAddress;
  readonly transport: Transport;
  /** Bytes of the query as it came. */
  readonly size: number;
  /** When it came, `Clock.now()`; ms. */
  readonly receivedAt: number;
  /**
   * The names of CNAMEs followed so far for the client's question, at most 10 (`aliasTarget`). When
   * there are any, this is no client's own question: the server asks itself.
   */
  readonly aliases: readonly NameKey[];
  /** No client waits for the reply, but a cache that renews an entry, for however long. */
  readonly isPatient?: true;
  /** Only with `metadata` in the server block. */
  readonly metadata?: RequestMetadata;
  /** No client's question: it is to be explained. */
  readonly explained?: Explained;
}

/**
 * The reply to a question. Never changed once returned: a plugin that wants another reply makes a
 * copy, as the same one may be in a cache or on its way to other clients.
 */
export interface Reply extends ReplyContent {
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly truncated: boolean;
  readonly options: readonly EdnsOptionData[];
  readonly error: ExtendedErrorText | undefined;
  /**
   * It is about this moment, not about the name, and is never kept. `busy`: no upstream was asked,
   * or not for long enough, because of a limit of ours, or as all are known to be down. `pending`:
   * the client's time is over, and upstreams may still answer; a patient request gets the outcome.
   */
  readonly provisional?: 'busy' | 'pending';
  /** The name of the plugin that made it, for metrics and logs. */
  readonly plugin: string;
  /** Send nothing at all: `acl drop`. */
  readonly isSilent: boolean;
}

/**
 * Hands the question to what stands below. Rejects only by mistake; the server then says SERVFAIL.
 */
export type Next = (request: Request) => Promise<Reply>;

/** A link of the chain. It feels everything below it, and knows nothing of what stands above. */
export interface Plugin {
  readonly name: string;
  serve(request: Request, next: Next): Promise<Reply>;
  /** Begins what needs time: sockets, timers. Called once, before the first question. */
  start?(): Promise<void>;
  /** Once started, it sends questions to other servers by itself. */
  readonly asksOthers?: true;
  /** Lets go of everything. Questions under way may still come back. */
  stop?(): Promise<void>;
  /** Why it is not ready yet; undefined when it is. */
  notReady?(): string | undefined;
  /**
   * What the plugin that takes its place at a reload goes on with: a cache's content, what is known
   * of upstreams.
   */
  keep?(): unknown;
  /**
   * Its value of a metadata label for a question; undefined for a label of others. Called only when
   * the label is read, so it may be slow.
   */
  label?(label: string, request: Request): string | undefined;
  /**
   * The servers it sends questions on to, as far as they are not this one. They change while it
   * runs.
   */
  upstreams?(): readonly UpstreamHandle[];
  /** Its lines that send nothing on, as all of their servers are this one. */
  leadingBack?(): readonly Origin[];
  /** The names of objects that it answers from. */
  readonly published?: PublishedNames;
  /** Whether it answers the name itself, if only to say that it is missing. */
  answers?(key: NameKey): boolean;
  /** Told of a question of its server block that was dropped before its turn came, and why. */
  dropped?(question: Pick<Request, 'key' | 'type' | 'client'>, reason: string): void;
  /**
   * Whether it would answer this question now, from what it has in memory: nothing kept above it
   * may stand in.
   */
  claims?(question: Pick<Request, 'key' | 'type' | 'qclass'>): boolean;
  /**
   * Whether it may answer some types of this name and leave the others to those below: then their
   * NXDOMAIN is about the type that was asked for, and not about the name.
   */
  divides?(key: NameKey): boolean;
  /**
   * The UDP payload size, bytes, that the replies of the server block are cut at: no plugin sees a
   * reply's size.
   */
  readonly udpReplyBytes?: number;
  /** The question with its metadata, for a `view` that looks at it before there is a chain. */
  collect?(request: Request): Request;
  /**
   * Whether it answers a client's question for this name, which is none of the cluster's. A plugin
   * that says so leaves all other names to those below.
   */
  takes?(key: NameKey): boolean;
  /** It relays questions in which no plugin above it has a say. */
  readonly relaying?: Relaying | undefined;
  /** It keeps replies that are relayed, or stands for all that do not. */
  readonly keeper?: ReplyKeeper;
}

/** Which namespace a client is in, from the Pods of a cluster. */
export interface PodDirectory {
  /** The cluster's zones. */
  readonly zones: readonly NameKey[];
  /**
   * The namespace of the running Pod with an address; undefined when there is none, or more than
   * one namespace has it.
   */
  namespaceOf(address: string): string | undefined;
}

/** The names of a server block's `kubernetes`. */
export interface ClusterNames {
  readonly live: LiveZone;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
}

/** The names of `k8s_external` or `k8s_gateway`. */
export interface ExtraNamesContext {
  readonly names: ExtraNames;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
}

/** A source of metadata about questions: a plugin, or the `view` of the block. */
export type LabelSource = Required<Pick<Plugin, 'label'>>;

/** What a plugin may use of the server it is in. */
export interface PluginContext {
  /** The server block, with the lines of its other directives. */
  readonly block: ServerBlock;
  /** The zones of the server block, lower case, without the final dot; '' is the root. */
  readonly zones: readonly string[];
  /** The name of the server block's `view`, '' without one; a label of metrics. */
  readonly view: string;
  /** CoreDNS's label for the listening server: `dns://:53`. */
  readonly server: string;
  /** Undefined without a `kubernetes` in the server block, or when it cannot be used. */
  readonly cluster?: ClusterNames | undefined;
  /**
   * The Pods of the server block's `kubernetes`; undefined without one that has `pods verified`.
   */
  readonly pods?: PodDirectory | undefined;
  /**
   * The names of a plugin beside the server block's `kubernetes`; undefined without one, and when
   * its names were not compiled.
   */
  readonly extra?: (table: ExtraTable) => ExtraNamesContext | undefined;
  /**
   * What the objects say to a question, which the control thread answers: undefined when it does
   * not in time. Left out where they are not known.
   */
  readonly explainObjects?:
    | ((question: ObjectsQuestion) => Promise<ObjectsAnswer | undefined>)
    | undefined;
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Cryptographically strong random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /**
   * Queues work that no question brings, such as an upstream's reply, for the turns of the chain,
   * so that it does not keep the server from its sockets. Returns false, and drops the work, when
   * too much waits. When undefined, work is done at once.
   */
  readonly later?: (work: () => void) => boolean;
  /**
   * The whole server's answer to a question, from the top of the chain of the block that has its
   * zone.
   */
  readonly resolve: Next;
  /** Whether this server answers the name itself, so that no upstream's answer to it counts. */
  readonly isOwnName: (key: NameKey) => boolean;
  /** Whether a plugin of the same server block `claims` this question. */
  readonly isClaimed: (question: Pick<Request, 'key' | 'type' | 'qclass'>) => boolean;
  /** Whether a plugin of the same server block `divides` the types of this name. */
  readonly isDivided: (key: NameKey) => boolean;
  /** The sources of metadata; filled while the plugins of the server block are made. */
  readonly labelSources: readonly LabelSource[];
  /** The directives below this one, as written: equal text means equal answers. */
  readonly below: string;
  /** The servers that the plugins of the same server block send questions on to. */
  readonly upstreams: () => readonly UpstreamHandle[];
  /**
   * Addresses and ports where the server block itself answers: what is forwarded there comes back.
   */
  readonly ownAddresses: () => readonly SocketAddress[];
  /**
   * Places for sockets towards other servers, shared by the whole server; undefined for no
   * limit.
   */
  readonly outgoing?: Places | undefined;
  /** Opens UDP sockets for asking other servers; undefined where `dgram` is to be used. */
  readonly openDatagram?: OpenDatagram | undefined;
  /** What the same plugin of the same server block kept when it was replaced by a reload. */
  readonly kept: unknown;
}

/**
 * Reads a plugin's directives and makes the plugin. `lines` are all its lines of one server block,
 * in order, at least one. Everything wrong goes to `problems` with its place, all of it; then the
 * result is not used.
 */
export type PluginSetup<Made extends Plugin = Plugin> = (
  lines: readonly Line[],
  context: PluginContext,
  problems: ProblemList,
) => Made | undefined;
