import { Flag } from '../../../dns/header.ts';
import type { PlainReply } from '../../../dns/plain-reply.ts';
import type { Query } from '../../../dns/query.ts';
import type { StoredReply } from '../../cluster-answers.ts';
import type { PluginContext } from '../../plugin.ts';
import type { ReplyKeeper } from '../../relaying.ts';
import { NAME } from '../flags.ts';

/** Relayed replies as clients get them where no plugin keeps them. */
export class UnkeptReplies implements ReplyKeeper {
  readonly #isOwnName: PluginContext['isOwnName'];

  constructor(isOwnName: PluginContext['isOwnName']) {
    this.#isOwnName = isOwnName;
  }

  takes(): boolean {
    return true;
  }

  keeping(query: Query, reply: PlainReply): StoredReply {
    const { answers, authorities, rcode, flags } = reply;
    return {
      plugin: NAME,
      wire: reply.wire(false),
      ...{ answers, authorities, additionals: 0, rcode },
      ageMs: 0,
      flags: Flag.RA | (query.takesAuthenticData ? flags & Flag.AD : 0),
      ttlOf: asItIs,
      isOwnName: this.#isOwnName,
    };
  }

  keep(): void {}
}

function asItIs(ttl: number): number {
  return ttl;
}
