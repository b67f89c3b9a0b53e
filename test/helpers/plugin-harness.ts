import { parseCorefile, type ServerBlock } from '../../src/corefile/parse.ts';
import { ProblemList, whole } from '../../src/corefile/problems.ts';
import { addressBytes } from '../../src/dns/address.ts';
import { Class, Rcode, rcodeName, typeCode } from '../../src/dns/codes.ts';
import { keyFromText, type NameKey } from '../../src/dns/name.ts';
import type { RecordData, ResourceRecord, WireName } from '../../src/dns/record.ts';
import { recordText } from '../../src/dns/text.ts';
import { problemText } from '../../src/kube/problem.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import type {
  Next,
  Plugin,
  PluginContext,
  PluginSetup,
  Reply,
  Request,
  RequestEdns,
} from '../../src/plugins/plugin.ts';
import { errorReply } from '../../src/plugins/reply.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { FakeClock } from './fake-clock.ts';

/** A context whose clock, log and metrics a test can look at. */
export interface TestContext extends PluginContext {
  readonly clock: FakeClock;
  /** The lines logged, parsed. */
  readonly logged: Record<string, unknown>[];
}

/** A server block of which nothing is known. */
export const NO_LINES: ServerBlock = { keys: [], directives: [], origin: whole('Corefile') };

export function testContext(given: Partial<PluginContext> = {}): TestContext {
  const logged: Record<string, unknown>[] = [];
  let drawn = 0;
  return {
    block: NO_LINES,
    labelSources: [],
    zones: [''],
    view: '',
    server: 'dns://:53',
    folder: '/etc',
    log: createLoggerTo('debug', { write: (line) => void logged.push(JSON.parse(line)) }),
    metrics: new Metrics(),
    random: (bytes) => Uint8Array.from({ length: bytes }, () => ++drawn),
    resolve: async () => errorReply('', Rcode.SERVFAIL),
    isOwnName: () => false,
    isClaimed: () => false,
    isDivided: () => false,
    below: '',
    upstreams: () => [],
    ownAddresses: () => [{ address: '10.96.0.10', port: 53 }],
    kept: undefined,
    ...given,
    clock: new FakeClock(),
    logged,
  };
}

/** Sets a plugin up from the directive as a Corefile writes it, and says what was wrong with it. */
export function setUp(
  setup: PluginSetup,
  directive: string,
  context: PluginContext = testContext(),
): { plugin: Plugin | undefined; problems: string[] } {
  const text = `. {\n${directive}\n}\n`;
  const corefile = parseCorefile(text, 'Corefile', {
    files: memoryFiles({}),
    env: {},
    cwd: '/etc',
  });
  const problems = new ProblemList();
  problems.addAll(corefile.problems);
  const plugin = setup(corefile.blocks[0]?.directives ?? [], context, problems);
  return { plugin, problems: problems.all.map(problemText) };
}

/** The plugin of a directive without a mistake. */
export function pluginOf(setup: PluginSetup, directive: string, context: PluginContext): Plugin {
  const { plugin, problems } = setUp(setup, directive, context);
  if (plugin === undefined || problems.length > 0) throw new Error(problems.join('\n'));
  return plugin;
}

/** `www.example.org. A` as a question over UDP from 10.1.2.3. */
export function question(text: string, given: Partial<Request> = {}): Request {
  const [name = '', type = ''] = text.split(' ');
  return {
    id: 4711,
    name: wireName(name),
    key: keyFromText(name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
    type: typeCode(type) ?? 0,
    qclass: Class.IN,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client: { address: '10.1.2.3', port: 50_759 },
    local: { address: '10.96.0.10', port: 53 },
    transport: 'udp',
    size: 41,
    receivedAt: 0,
    aliases: [],
    ...given,
  };
}

/** The names of so many aliases that were followed before. */
export function followed(links: number): NameKey[] {
  return Array.from({ length: links }, (_, i) => keyFromText(`followed-${i}.example`));
}

export const DNSSEC_OK: RequestEdns = { size: 1232, dnssecOk: true, options: [] };

/** A reply from an upstream; sections are lines of a zone file. */
export function replyWith(
  answer: readonly string[],
  given: Partial<Reply> & { soa?: string } = {},
): Reply {
  const { soa, ...fields } = given;
  return {
    ...errorReply('forward', Rcode.NOERROR),
    recursionAvailable: true,
    answer: answer.map(record),
    authority: soa === undefined ? [] : [record(soa)],
    ...fields,
  };
}

/** `www.example.org. 300 IN A 192.0.2.1`. Letters are kept. */
export function record(line: string): ResourceRecord {
  const [owner = '', ttl, , type = '', ...data] = line.split(' ');
  const code = typeCode(type);
  if (code === undefined) throw new SyntaxError(`No type in ${line}`);
  return { owner: wireName(owner), type: code, ttl: Number(ttl), data: dataOf(type, data) };
}

/** A reply on one line a record, after its rcode: `NOERROR www.example.org. 300 IN A 192.0.2.1`. */
export function replyLines(reply: Reply): string[] {
  const records = [...reply.answer, ...reply.authority, ...reply.additional];
  return [rcodeName(reply.rcode), ...records.map(recordText)];
}

/** Replies one after the other, the last one again and again, and keeps what was asked. */
export function upstream(...replies: readonly (Reply | Error)[]): Next & { asked: Request[] } {
  const asked: Request[] = [];
  const next = async (request: Request): Promise<Reply> => {
    const reply = replies[Math.min(asked.length, replies.length - 1)];
    asked.push(request);
    if (reply === undefined || reply instanceof Error) throw reply ?? new Error('No reply');
    return reply;
  };
  return Object.assign(next, { asked });
}

/** Lets promises that are settled run on; nothing waits for time here. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** The samples of one metric, `{labels} value`. */
export async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
}

function wireName(text: string): WireName {
  const labels = text.split('.').filter((label) => label !== '');
  return labels.map((label) => String.fromCharCode(label.length) + label).join('');
}

function dataOf(type: string, words: readonly string[]): RecordData {
  switch (type) {
    case 'A':
    case 'AAAA':
      return { kind: 'address', address: addressBytes(words[0] ?? '') ?? new Uint8Array() };
    case 'CNAME':
    case 'NS':
    case 'DNAME':
      return { kind: 'name', name: wireName(words[0] ?? '') };
    case 'SOA': {
      const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = words
        .slice(2)
        .map(Number);
      const mname = wireName(words[0] ?? '');
      const rname = wireName(words[1] ?? '');
      return { kind: 'start', start: { mname, rname, serial, refresh, retry, expire, minimum } };
    }
    case 'TXT':
      return { kind: 'strings', strings: words };
    default:
      return { kind: 'raw', bytes: Buffer.from(words[0] ?? '', 'hex') };
  }
}
