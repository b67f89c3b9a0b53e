import { randomInt } from 'node:crypto';
import type { Settings } from '../../config/settings.ts';
import type { WireName } from '../../dns/record.ts';
import type { CommandIo } from '../command.ts';
import type { LoadOnce } from '../names/load-names.ts';
import { loadSources } from '../names/load-sources.ts';
import { NoReplyError } from '../query/dns-client.ts';
import { encodeNamedQuestion, questionEnd } from '../query/dns-question.ts';
import type { DnsServer } from '../query/server-address.ts';
import { type AskedReply, UdpQuestions } from '../query/udp-questions.ts';

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

/** A server that is asked over the network. */
export function networkAsker(server: DnsServer, timeoutMs: number, { clock }: CommandIo): Asker {
  const randomId = () => randomInt(0x1_0000);
  const questions = new UdpQuestions({ server, timeoutMs, tries: TRIES, clock, randomId });
  return {
    ask: (name, type) => questions.ask(name, type),
    close: async () => questions.close(),
  };
}

/**
 * What a server of these settings would answer, in this process. Undefined when the objects cannot
 * be read: then why has been printed.
 */
export async function stillAsker(
  settings: Settings,
  load: LoadOnce,
  io: CommandIo,
): Promise<Asker | undefined> {
  const loaded = await loadSources(settings, load, io);
  if (loaded === undefined) return undefined;
  // The plugins are loaded only for this.
  const { StillServer } = await import('../../app/still-server.ts');
  const server = new StillServer(settings, (source) => loaded.of(source).live, io.clock);
  await server.start();
  return {
    ask: async (name, type) => {
      const query = encodeNamedQuestion(name, type, randomInt(0x1_0000));
      const start = io.clock.now();
      const bytes = await server.ask(query);
      if (bytes === undefined) throw new NoReplyError('the server drops the question');
      const ms = io.clock.now() - start;
      return { bytes, transport: 'tcp', ms, questionEnd: questionEnd(query) };
    },
    close: () => server.stop(),
  };
}
