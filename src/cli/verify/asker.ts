import { randomInt } from 'node:crypto';
import type { Settings } from '../../config/settings.ts';
import { Rcode, Type } from '../../dns/codes.ts';
import { wireFromText } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';
import { plugin as forwardPlugin } from '../../plugins/forward/setup.ts';
import type { CommandIo } from '../command.ts';
import type { LoadedSources } from '../names/load-sources.ts';
import { NoReplyError } from '../query/dns-client.ts';
import { encodeNamedQuestion, questionEnd } from '../query/dns-question.ts';
import type { DnsServer } from '../query/server-address.ts';
import { type AskedReply, UdpQuestions } from '../query/udp-questions.ts';
import { printProblems } from '../report/settings-report.ts';

/** Whom questions are put to: a server, or what one would answer. */
export interface Asker {
  /**
   * Asks one question.
   *
   * @throws {NoReplyError}
   */
  ask(name: WireName, type: number): Promise<AskerReply>;
  close(): Promise<void>;
}

export interface AskerReply extends AskedReply {
  /** A server would ask its upstreams, and this was not done: the reply says nothing. */
  readonly isNotAsked?: boolean;
}

/** Times a query is sent over UDP, which may lose it. */
const TRIES = 3;

/**
 * A server that is asked over the network, and has answered a question about the apex of the zone.
 *
 * @throws {NoReplyError}
 */
export async function networkAsker(
  server: DnsServer,
  zone: string,
  timeoutMs: number,
  { clock }: CommandIo,
): Promise<Asker> {
  const randomId = () => randomInt(0x1_0000);
  const questions = new UdpQuestions({ server, timeoutMs, tries: TRIES, clock, randomId });
  try {
    await questions.ask(wireFromText(zone), Type.SOA);
  } catch (error) {
    questions.close();
    throw error;
  }
  return {
    ask: (name, type) => questions.ask(name, type),
    close: async () => questions.close(),
  };
}

/**
 * What a server of these settings would answer, in this process. Nothing is forwarded unless a
 * Corefile of the user says so: what others answer is no matter of manifests. Undefined when the
 * Corefile asks for what cannot be: then why has been printed.
 */
export async function stillAsker(
  settings: Settings,
  loaded: LoadedSources,
  io: CommandIo,
): Promise<Asker | undefined> {
  // The plugins are loaded only for this.
  const { stillServer } = await import('../../app/still-server.ts');
  const { clock } = io;
  const ours = withoutOthers(settings);
  const server = stillServer(ours, (one) => loaded.of(one).live, clock);
  if ('problems' in server) {
    printProblems(server.problems, io);
    return undefined;
  }
  await server.start();
  return {
    ask: async (name, type) => {
      const query = encodeNamedQuestion(name, type, randomInt(0x1_0000));
      const start = clock.now();
      const bytes = await server.ask(query);
      if (bytes === undefined) throw new NoReplyError('the server drops the question');
      const ms = clock.now() - start;
      const isRefused = (bytes[3]! & 0xf) === Rcode.REFUSED && !isTransfer(type);
      const isNotAsked = isRefused && ours !== settings;
      return { bytes, transport: 'tcp', ms, questionEnd: questionEnd(query), isNotAsked };
    },
    close: () => server.stop(),
  };
}

function isTransfer(type: number): boolean {
  return type === Type.AXFR || type === Type.IXFR;
}

/** The same settings where nothing would be forwarded. */
function withoutOthers(settings: Settings): Settings {
  const isForward = ({ name }: { readonly name: string }) => name === forwardPlugin.directive;
  const forwards = settings.blocks.some(({ block }) => block.directives.some(isForward));
  if (!settings.corefile.isBuiltIn || !forwards) return settings;
  const blocks = settings.blocks.map((served) => {
    const directives = served.block.directives.filter((one) => !isForward(one));
    return { ...served, block: { ...served.block, directives } };
  });
  return { ...settings, blocks };
}
