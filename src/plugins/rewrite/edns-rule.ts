import type { EdnsOptionData } from '../../dns/edns.ts';
import { UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import type { Reply, Request, RequestEdns } from '../plugin.ts';
import { MAX_SENT_BYTES, sentBytes, sentOptions } from '../sent-options.ts';
import type { Rewritten, Rule } from './rule.ts';

export const EDNS_ACTIONS = ['set', 'append', 'replace', 'unset'] as const;

export type EdnsAction = (typeof EDNS_ACTIONS)[number];

export interface EdnsRuleOptions {
  readonly continues: boolean;
  readonly action: EdnsAction;
  readonly code: number;
  /** Undefined when there is nothing to say about this client. */
  readonly data: (request: Request) => Uint8Array | undefined;
  /** Takes the option out of the reply again, or puts back what the client sent. */
  readonly reverts: boolean;
}

/** A query that had none gets one for its options. */
const NEW_EDNS: RequestEdns = { size: UDP_PAYLOAD_BYTES, dnssecOk: false, options: [] };

/** `edns0 local|nsid|subnet set|append|replace|unset …`: changes the options of the query. */
export function ednsRule(rule: EdnsRuleOptions): Rule {
  const { continues, code, reverts } = rule;
  const apply = (request: Request): Rewritten | undefined => {
    const before = request.edns?.options ?? [];
    const options = changed(before, request, rule);
    if (options === undefined) return undefined;
    if (options === before) return { request, replyRules: [] };
    const edns = { ...(request.edns ?? NEW_EDNS), options };
    if (sentBytes(sentOptions({ edns })) > MAX_SENT_BYTES) return undefined;
    const sent = before.find((option) => option.code === code);
    return {
      request: { ...request, edns },
      replyRules: reverts ? [(reply) => reverted(reply, code, sent)] : [],
    };
  };
  return { continues, concerns: () => true, apply };
}

/** What the options become; undefined when the rule is not about the query. */
function changed(
  before: readonly EdnsOptionData[],
  request: Request,
  rule: EdnsRuleOptions,
): readonly EdnsOptionData[] | undefined {
  const { action, code } = rule;
  const found = before.some((option) => option.code === code);
  // About every query, as in CoreDNS: no client can choose, by an option, which rules come after.
  if (action === 'unset') {
    return found ? before.filter((option) => option.code !== code) : before;
  }
  if (action === 'replace' && !found) return undefined;
  const data = rule.data(request);
  if (data === undefined) return undefined;
  const set: EdnsOptionData = { code, data, isOurs: true };
  if (action === 'append' || !found) return [...before, set];
  const first = before.findIndex((option) => option.code === code);
  return before.map((option, at) => (at === first ? set : option));
}

function reverted(reply: Reply, code: number, sent: EdnsOptionData | undefined): Reply {
  if (!reply.options.some((option) => option.code === code)) return reply;
  const options = reply.options.flatMap((option) => {
    if (option.code !== code) return [option];
    return sent === undefined ? [] : [sent];
  });
  return { ...reply, options };
}
