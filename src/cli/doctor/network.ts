import { lookup } from 'node:dns/promises';
import http from 'node:http';
import { Class, Rcode } from '../../dns/codes.ts';
import { wireFromText } from '../../dns/name.ts';
import type { SocketAddress, Transport } from '../../dns/query.ts';
import { encodeQuery } from '../../dns/query-writer.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { TlsIdentity } from '../../plugins/forward/transport/sockets.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { askTcp, askUdp, replyFault } from '../query/dns-client.ts';
import { questionEnd } from '../query/dns-question.ts';
import { readRcode, replySections } from '../query/reply-sections.ts';
import { askTls } from './ask-tls.ts';

/** A question to one server. */
export interface Question {
  readonly transport: Transport;
  readonly server: SocketAddress;
  /** In presentation form. */
  readonly name: string;
  readonly type: number;
  /** With it, TCP has TLS on it, and the server is to be this one. */
  readonly tls?: TlsIdentity | undefined;
}

/** What came back, or why nothing did. */
export type Answer =
  | {
      readonly rcode: number;
      readonly records: readonly ResourceRecord[];
      /** From the question to its reply; ms. */
      readonly ms: number;
    }
  | {
      readonly fault: string;
      /** What mends it, where the fault says that. */
      readonly fix?: string;
    };

/** All that `doctor` sends: to upstreams that are configured, and to the server's own address. */
export interface Network {
  /** Never rejects. A question that was asked before has the answer of then. */
  ask(question: Question): Promise<Answer>;
  /** The addresses that this machine finds for a host; none when it finds it not. */
  addresses(host: string): Promise<readonly string[]>;
  /** What the admin server of svcdns at this address has under `/metrics`, if there is one. */
  metrics(address: SocketAddress): Promise<string | undefined>;
}

/** How long each of two tries waits for its reply; ms. Clients wait 5 s (resolv.conf(5)). */
const TIMEOUT_MS = 1500;

/** Questions of one run: 8 upstreams with 4 each, 8 to the server itself, and some to spare. */
const MAX_QUESTIONS = 48;

/** More than the metrics of any server. */
const MAX_METRICS_CHARACTERS = 4 * 1024 * 1024;

/** Asks over the network, each question once, and no more than so many. */
export function boundedNetwork(clock: Clock): Network {
  const asked = new Map<string, Promise<Answer>>();
  return {
    ask(question) {
      const key = JSON.stringify(question);
      const known = asked.get(key);
      if (known !== undefined) return known;
      if (asked.size >= MAX_QUESTIONS)
        return Promise.resolve({ fault: 'not asked: enough for one run' });
      const answer = ask(question, clock);
      asked.set(key, answer);
      return answer;
    },
    addresses: (host) => addresses(host, clock),
    metrics: (address) => metrics(address, clock),
  };
}

/** The system's own look-up cannot be ended, so it is waited for as long as for two tries. */
async function addresses(host: string, clock: Clock): Promise<readonly string[]> {
  let timer: Timer | undefined;
  const late = new Promise<readonly string[]>((done) => {
    timer = clock.setTimeout(() => done([]), 2 * TIMEOUT_MS);
  });
  const found = lookup(host, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
  try {
    return await Promise.race([found, late]);
  } finally {
    timer?.cancel();
  }
}

async function ask(question: Question, clock: Clock): Promise<Answer> {
  const { transport, name, type, server, tls } = question;
  const { address: host, port } = server;
  const query = encodeQuery({
    id: Math.floor(Math.random() * 0x1_0000),
    name: wireFromText(name),
    type,
    qclass: Class.IN,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    // The signatures of the root say what time it is.
    edns: { dnssecOk: true, options: [] },
  });
  const options = { server: { host, port }, timeoutMs: TIMEOUT_MS, clock };
  try {
    const reply =
      tls === undefined
        ? await (transport === 'udp' ? askUdp : askTcp)(query, options)
        : // As long as two tries over UDP: a handshake is two or three round trips.
          await askTls(query, { server, tls, timeoutMs: 2 * TIMEOUT_MS, clock });
    if ('fault' in reply) return reply;
    const { bytes, ms } = reply;
    const end = questionEnd(query);
    const [records] = replySections(bytes, end);
    return { rcode: readRcode(bytes, end), records: records ?? [], ms };
  } catch (error) {
    return { fault: replyFault(error) };
  }
}

function metrics({ address, port }: SocketAddress, clock: Clock): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const request = http.get(
      { host: address, port, path: '/metrics', agent: false },
      (response) => {
        if (response.statusCode !== 200) return done(undefined);
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
          if (text.length > MAX_METRICS_CHARACTERS) done(undefined);
        });
        response.on('end', () => done(text));
        response.on('error', () => done(undefined));
      },
    );
    const timer = clock.setTimeout(() => done(undefined), TIMEOUT_MS);
    const done = (found: string | undefined) => {
      timer.cancel();
      request.destroy();
      resolve(found);
    };
    request.on('error', () => done(undefined));
  });
}

/** Whether the server said that there is such a name. */
export function isFound(answer: Answer): answer is Extract<Answer, { rcode: number }> {
  return 'rcode' in answer && answer.rcode === Rcode.NOERROR && answer.records.length > 0;
}
