import { randomInt } from 'node:crypto';
import type { Settings } from '../../config/settings.ts';
import { Type } from '../../dns/codes.ts';
import { wireFromText } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';
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
  ask(name: WireName, type: number): Promise<AskedReply>;
  close(): Promise<void>;
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
  const server = stillServer(withoutOthers(settings), (one) => loaded.of(one).live, clock);
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
      return { bytes, transport: 'tcp', ms, questionEnd: questionEnd(query) };
    },
    close: () => server.stop(),
  };
}

function withoutOthers(settings: Settings): Settings {
  if (!settings.corefile.isBuiltIn) return settings;
  const blocks = settings.blocks.map((served) => {
    const directives = served.block.directives.filter(({ name }) => name !== 'forward');
    return { ...served, block: { ...served.block, directives } };
  });
  return { ...settings, blocks };
}
