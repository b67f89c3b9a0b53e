import dnsPacket, { type Answer } from 'dns-packet';
import { onTestFinished } from 'vitest';
import { parseCorefile } from '../../../src/corefile/parse.ts';
import { ProblemList } from '../../../src/corefile/problems.ts';
import { rcodeName, typeCode } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import type { SocketAddress } from '../../../src/dns/query.ts';
import { recordText } from '../../../src/dns/text.ts';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Datagram, DatagramEvents } from '../../../src/plugins/datagram.ts';
import type { Forward } from '../../../src/plugins/forward/index.ts';
import { setupIn } from '../../../src/plugins/forward/setup.ts';
import type { Machine } from '../../../src/plugins/forward/transport/machine.ts';
import type {
  Sockets,
  Stream,
  StreamEvents,
  TlsIdentity,
} from '../../../src/plugins/forward/transport/sockets.ts';
import type { PluginContext, Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import { memoryFiles } from '../../corefile/memory-files.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { NO_LINES } from '../../helpers/plugin-harness.ts';

/** A query as an upstream got it. */
export interface Arrived {
  readonly to: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly bytes: Buffer;
  /** In the letters it came in, with the final dot. */
  readonly name: string;
  readonly at: number;
  /** Number of the socket it came from. */
  readonly socket: number;
  /** Sends bytes back, `ms` later. */
  reply(bytes: Buffer, ms?: number): void;
  /** Something from another address comes to the port it was asked from. */
  stray(): void;
  /** As the kernel tells that nobody listens; a stream is closed. */
  refuse(): void;
}

export type Script = (query: Arrived) => void;

/** An upstream's whole behaviour; a missing transport is not listened on. */
export interface FakeUpstream {
  udp?: Script | undefined;
  tcp?: Script | undefined;
}

/** One way over the fake network takes this long; ms. */
const WAY_MS = 1;

/** A network in memory: upstreams by address, moved by a fake clock. */
class FakeNetwork implements Sockets {
  readonly upstreams = new Map<string, FakeUpstream>();
  readonly arrived: Arrived[] = [];
  readonly clock: FakeClock;
  /** Of each stream opened: to whom, from where, verified how. */
  readonly streams: { to: string; source: string | undefined; tls: TlsIdentity | undefined }[] = [];
  openDatagrams = 0;
  openStreams = 0;
  mostDatagrams = 0;
  #sockets = 0;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  tlsFault(): undefined {
    return undefined;
  }

  datagram(to: SocketAddress, _source: string | undefined, events: DatagramEvents): Datagram {
    const socket = ++this.#sockets;
    let isOpen = true;
    this.openDatagrams++;
    this.mostDatagrams = Math.max(this.mostDatagrams, this.openDatagrams);
    const close = () => {
      if (isOpen) this.openDatagrams--;
      isOpen = false;
    };
    const refuse = () => {
      if (!isOpen) return;
      close();
      events.failed(new Error('ECONNREFUSED'));
    };
    const send = (bytes: Buffer) => {
      this.clock.setTimeout(() => {
        const script = this.upstreams.get(textOf(to))?.udp;
        const reply = (answer: Buffer, ms = WAY_MS) =>
          void this.clock.setTimeout(() => {
            if (isOpen) events.received(answer);
          }, ms);
        const stray = () => {
          if (isOpen) events.strayed();
        };
        const query = { to: textOf(to), transport: 'udp', bytes, socket, reply, stray, refuse };
        if (script === undefined) refuse();
        else this.#deliver(script, query as Omit<Arrived, 'name' | 'at'>);
      }, WAY_MS);
    };
    return { send, close };
  }

  stream(
    to: SocketAddress,
    source: string | undefined,
    tls: TlsIdentity | undefined,
    events: StreamEvents,
  ): Stream {
    const socket = ++this.#sockets;
    this.streams.push({ to: textOf(to), source, tls });
    let isOpen = true;
    this.openStreams++;
    const end = (error?: Error) => {
      if (!isOpen) return;
      isOpen = false;
      this.openStreams--;
      events.closed(error);
    };
    const script = () => this.upstreams.get(textOf(to))?.tcp;
    this.clock.setTimeout(() => {
      if (script() === undefined) end(new Error('ECONNREFUSED'));
      else if (isOpen) events.opened();
    }, WAY_MS);
    const reply = (answer: Buffer, ms = WAY_MS) =>
      void this.clock.setTimeout(() => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        if (isOpen) events.received(Buffer.concat([length, answer]));
      }, ms);
    const write = (frame: Buffer) => {
      this.clock.setTimeout(() => {
        const bytes = frame.subarray(2);
        const transport = tls === undefined ? 'tcp' : 'tls';
        const stray = () => {}; // a connection is nobody else's
        const query = {
          to: textOf(to),
          transport,
          bytes,
          socket,
          reply,
          stray,
          refuse: end,
        } as const;
        const run = script();
        if (run === undefined) end();
        else this.#deliver(run, query);
      }, WAY_MS);
    };
    return { write, close: () => end() };
  }

  #deliver(script: Script, query: Omit<Arrived, 'name' | 'at'>): void {
    const at = this.clock.now();
    const [question] = dnsPacket.decode(query.bytes).questions ?? [];
    const name = question?.name ?? '';
    const arrived = { ...query, at, name: name.endsWith('.') ? name : `${name}.` };
    this.arrived.push(arrived);
    script(arrived);
  }
}

function textOf({ address, port }: SocketAddress): string {
  return `${address}:${port}`;
}

/** Addresses, aliases and more, as dns-packet writes them. */
export interface ReplyParts {
  readonly flags?: number;
  readonly rcode?: number;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  /** The question's name, when it is to be another. */
  readonly name?: string;
}

/** A reply in the hand of dns-packet, its question as it came unless told otherwise. */
export function replyTo(bytes: Buffer, parts: ReplyParts = {}): Buffer {
  const { id, questions = [] } = dnsPacket.decode(bytes);
  return dnsPacket.encode({
    type: 'response',
    id: id ?? 0,
    flags: (parts.flags ?? 0x0180) | (parts.rcode ?? 0),
    questions: questions.map((question) => ({ ...question, name: parts.name ?? question.name })),
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
    additionals: [...(parts.additionals ?? [])],
  });
}

/** Answers every question with one address, owned by the name as it was asked. */
export function answering(address: string, ms = WAY_MS): Script {
  return ({ bytes, name, reply }) =>
    reply(replyTo(bytes, { answers: [addressOf(name, address)] }), ms);
}

export function addressOf(name: string, address: string, ttl = 60): Answer {
  return { type: 'A', name: name.replace(/\.$/, ''), ttl, data: address };
}

/** A resolver in perfect health, over UDP and TCP. */
export function healthy(address: string, ms?: number): FakeUpstream {
  return { udp: answering(address, ms), tcp: answering(address, ms) };
}

/** Says nothing at all. */
export const SILENT: FakeUpstream = { udp: () => {}, tcp: () => {} };

/** A plugin in a world of its own. */
export class World {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork(this.clock);
  readonly metrics = new Metrics();
  readonly lines: string[] = [];
  readonly files = new Map<string, string>();
  readonly hosts = new Map<string, readonly string[]>();
  own: readonly SocketAddress[] = [];
  local: readonly string[] = [];
  /** The rest of the server: what it answers itself, and how. */
  isOwnName: PluginContext['isOwnName'] = () => false;
  resolve: PluginContext['resolve'] = async () => errorReply('', 5);
  /** Places for sockets; as many as it likes unless a test says otherwise. */
  outgoing: PluginContext['outgoing'];
  /** The plugins' turns; done at once unless a test says otherwise. */
  later: PluginContext['later'];
  #seed = 1;

  /** Bytes from a generator of its own (mulberry32): no two runs differ. */
  readonly random = (bytes: number): Uint8Array => {
    const drawn = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at++) {
      this.#seed = (this.#seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      drawn[at] = (mixed ^ (mixed >>> 14)) >>> 0;
    }
    return drawn;
  };

  get machine(): Machine {
    return {
      sockets: this.network,
      files: {
        isFile: (path) => this.files.has(path),
        read: (path) => {
          const text = this.files.get(path);
          if (text === undefined) throw new Error('ENOENT');
          return text;
        },
        stamp: async (path) => this.files.get(path),
      },
      addressesOf: async (host) => {
        const found = this.hosts.get(host);
        if (found === undefined) throw new Error('ENOTFOUND');
        return found;
      },
      localAddresses: () => this.local,
    };
  }

  context(kept?: unknown): PluginContext {
    return {
      block: NO_LINES,
      labelSources: [],
      zones: [''],
      view: '',
      server: 'dns://:53',
      folder: '/etc',
      clock: this.clock,
      log: createLoggerTo('info', { write: (line) => void this.lines.push(line) }),
      metrics: this.metrics,
      random: this.random,
      resolve: (request) => this.resolve(request),
      isOwnName: (key) => this.isOwnName(key),
      upstreams: () => [],
      isClaimed: () => false,
      isDivided: () => false,
      below: '',
      ownAddresses: () => this.own,
      outgoing: this.outgoing,
      ...(this.later === undefined ? {} : { later: this.later }),
      kept,
    };
  }

  /** What is wrong with `forward` lines, as `line:column text`; the plugin when nothing is. */
  setUp(directives: string, kept?: unknown): { plugin: Forward | undefined; problems: string[] } {
    const text = `. {\n${directives}\n}\n`;
    const { blocks } = parseCorefile(text, '/Corefile', {
      files: memoryFiles({}),
      env: {},
    } as never);
    const problems = new ProblemList();
    const lines = blocks[0]?.directives ?? [];
    const plugin = setupIn(this.machine)(lines, this.context(kept), problems);
    return {
      plugin: plugin as Forward | undefined,
      problems: problems.all.map(
        ({ origin, message, severity }) =>
          `${origin.line}:${origin.column} ${severity === 'error' ? '' : `${severity} `}${message}`,
      ),
    };
  }

  /** A plugin at work, gone when the test is. */
  async forward(directives: string, kept?: unknown): Promise<Forward> {
    const { plugin, problems } = this.setUp(directives, kept);
    if (plugin === undefined || problems.length > 0) throw new Error(problems.join('\n'));
    await plugin.start();
    onTestFinished(() => plugin.stop());
    return plugin;
  }

  /** Moves time on, in steps small enough that promises keep up. */
  async advance(ms: number, step = 10): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left));
      await settled();
    }
  }

  /** Asks, and lets time pass until the answer is there; at most 6 s. */
  async ask(plugin: Forward, question: string, more: Partial<Request> = {}): Promise<string> {
    const asked = plugin.serve(this.request(question, more), fromNext);
    let text: string | undefined;
    void asked.then((reply) => {
      text = replyText(reply);
    });
    await settled();
    for (let ms = 0; ms < 6000 && text === undefined; ms += 1) await this.advance(1, 1);
    return text ?? 'no answer';
  }

  /** A question that is asked now. */
  request(question: string, more: Partial<Request> = {}): Request {
    return request(question, { receivedAt: this.clock.now(), ...more });
  }

  /** Questions that reached upstreams, as `udp 10.0.0.1:53 name.` in small letters. */
  get asked(): string[] {
    return this.network.arrived.map(
      ({ transport, to, name }) => `${transport} ${to} ${name.toLowerCase()}`,
    );
  }

  async metric(name: string): Promise<string[]> {
    const text = await this.metrics.text();
    return text.split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}

export const fromNext = async (): Promise<Reply> => errorReply('next', 5);

/** `www.example. A`, from 192.0.2.1 over UDP, when the clock began. */
export function request(question: string, more: Partial<Request> = {}): Request {
  const [name = '', type = 'A'] = question.split(' ');
  const key = keyFromText(name);
  return {
    id: 1,
    name: wireName(name),
    key,
    type: typeCode(type) ?? 1,
    qclass: 1,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client: { address: '192.0.2.1', port: 5353 },
    local: { address: '127.0.0.1', port: 53 },
    transport: 'udp',
    size: 40,
    receivedAt: 0,
    aliases: [],
    ...more,
  };
}

/** Wire form with the case kept. */
function wireName(text: string): string {
  const labels = text.replace(/\.$/, '').split('.');
  if (text === '.') return '';
  return labels.map((label) => String.fromCharCode(label.length) + label).join('');
}

export const DNSSEC_OK = { edns: { size: 1232, dnssecOk: true, options: [] } } as const;

/** `NOERROR aa ad | answer | authority | additional`, and the extended error. */
export function replyText(reply: Reply): string {
  const flags = [
    reply.authoritative ? ' aa' : '',
    reply.authenticData ? ' ad' : '',
    reply.truncated ? ' tc' : '',
    reply.error === undefined ? '' : ` EDE${reply.error.code}`,
    reply.plugin === 'forward' ? '' : ` (${reply.plugin})`,
  ].join('');
  const sections = [reply.answer, reply.authority, reply.additional].map((records) =>
    records.map(recordText).join(', '),
  );
  while (sections.at(-1) === '') sections.pop();
  return [`${rcodeName(reply.rcode)}${flags}`, ...sections].join(' | ');
}
