import { withRecords } from '../record-names.ts';
import type { NameMatcher } from './name-matcher.ts';
import type { ReplyRule, Rule } from './rule.ts';

/** `type FROM TO` and `class FROM TO`: asks for another type or class. */
export function questionRule(
  continues: boolean,
  field: 'type' | 'qclass',
  from: number,
  to: number,
): Rule {
  return {
    continues,
    concerns: (question) => question[field] === from,
    apply: (request) =>
      request[field] === from
        ? { request: { ...request, [field]: to }, replyRules: [] }
        : undefined,
  };
}

/** `ttl` and `rcode`: changes the replies to questions about the names that match. */
export function replyRule(continues: boolean, matcher: NameMatcher, change: ReplyRule): Rule {
  return {
    continues,
    concerns: ({ key }) => matcher(key) !== undefined,
    apply: (request) =>
      matcher(request.key) === undefined ? undefined : { request, replyRules: [change] },
  };
}

/** `ttl [exact|…] NAME MIN-MAX`: keeps TTLs between two bounds, seconds. */
export function ttlChange(min: number, max: number): ReplyRule {
  return (reply) =>
    withRecords(reply, (record) => {
      const ttl = Math.min(Math.max(record.ttl, min), max);
      return ttl === record.ttl ? record : { ...record, ttl };
    });
}

/** `rcode [exact|…] NAME FROM TO`: replaces a response code. */
export function rcodeChange(from: number, to: number): ReplyRule {
  return (reply) => (reply.rcode === from ? { ...reply, rcode: to } : reply);
}
