import { Class, Type } from '../../dns/codes.ts';
import { keyFromText, type NameKey } from '../../dns/name.ts';
import { textRecord } from '../../dns/record.ts';
import { type RandomIndex, shuffled } from '../../support/random.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import { answerReply } from '../reply.ts';

const NAME = 'chaos';

/** What is told of the server; each text at most 255 bytes of latin1. */
export interface ChaosTexts {
  readonly version: string;
  readonly authors: readonly string[];
  readonly hostname: string;
}

/** Answers the queries of class CH that ask for version, authors and name of the server. */
export class Chaos implements Plugin {
  readonly name = NAME;
  readonly #texts: ReadonlyMap<NameKey, readonly string[]>;
  readonly #randomIndex: RandomIndex;

  constructor({ version, authors, hostname }: ChaosTexts, randomIndex: RandomIndex) {
    this.#randomIndex = randomIndex;
    this.#texts = new Map([
      [keyFromText('version.bind'), [version]],
      [keyFromText('version.server'), [version]],
      [keyFromText('authors.bind'), authors],
      [keyFromText('hostname.bind'), [hostname]], // this and the next: RFC 4892
      [keyFromText('id.server'), [hostname]],
    ]);
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    if (request.qclass !== Class.CH || request.type !== Type.TXT) return next(request);
    const texts = this.#texts.get(request.key);
    if (texts === undefined) return next(request);
    const records = shuffled(texts, this.#randomIndex).map((text) => ({
      ...textRecord(request.name, [text], 0),
      class: Class.CH,
    }));
    return answerReply(NAME, records);
  }
}
