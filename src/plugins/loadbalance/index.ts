import { Rcode, Type } from '../../dns/codes.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { RandomIndex } from '../../support/random.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import type { WatchedFile } from '../watched-file.ts';
import { preferred, shuffledSection, weightedSection } from './order.ts';
import type { Weights } from './weights.ts';

export interface LoadbalanceOptions {
  /** Undefined: `round_robin`, which is random too. */
  readonly weights: WeightsInUse | undefined;
  /** Networks whose addresses come first, the most wanted first. */
  readonly prefer: readonly NetworkSet[];
}

/** The weights last read from their file. */
export interface WeightsInUse {
  readonly current: () => Weights;
  readonly file: WatchedFile;
}

/** Changes the order of addresses and mail servers in replies, so that clients spread over them. */
export class Loadbalance implements Plugin {
  readonly name = 'loadbalance';
  readonly #options: LoadbalanceOptions;
  readonly #randomIndex: RandomIndex;

  constructor(options: LoadbalanceOptions, randomIndex: RandomIndex) {
    this.#options = options;
    this.#randomIndex = randomIndex;
  }

  /** Any order will do: prepared answers may be rotated instead of coming here. */
  get isPlain(): boolean {
    return this.#options.weights === undefined && this.#options.prefer.length === 0;
  }

  async start(): Promise<void> {
    await this.#options.weights?.file.start();
  }

  async stop(): Promise<void> {
    this.#options.weights?.file.stop();
  }

  serve(request: Request, next: Next): Promise<Reply> {
    return next(request).then((reply) => this.#ordered(request, reply));
  }

  #ordered(request: Request, reply: Reply): Reply {
    const isTransfer = request.type === Type.AXFR || request.type === Type.IXFR;
    if (reply.rcode !== Rcode.NOERROR || reply.isSilent || isTransfer) return reply;
    const balanced = this.#balanced(request, reply);
    const { prefer } = this.#options;
    if (prefer.length === 0) return balanced;
    return withSections(balanced, {
      answer: preferred(balanced.answer, prefer),
      additional: preferred(balanced.additional, prefer),
    });
  }

  #balanced({ type }: Request, reply: Reply): Reply {
    const weights = this.#options.weights?.current();
    const { answer, authority, additional } = reply;
    if (weights === undefined) {
      return withSections(reply, {
        answer: shuffledSection(answer, this.#randomIndex),
        authority: shuffledSection(authority, this.#randomIndex),
        additional: shuffledSection(additional, this.#randomIndex),
      });
    }
    if (type !== Type.A && type !== Type.AAAA && type !== Type.SRV) return reply;
    return withSections(reply, {
      answer: weightedSection(answer, weights, this.#randomIndex),
      additional: weightedSection(additional, weights, this.#randomIndex),
    });
  }
}

type Sections = Pick<Reply, 'answer' | 'authority' | 'additional'>;

/** The same reply when no section is another one. */
function withSections(reply: Reply, sections: Partial<Sections>): Reply {
  const names = Object.keys(sections) as (keyof Sections)[];
  return names.some((name) => sections[name] !== reply[name]) ? { ...reply, ...sections } : reply;
}
