import { Class, ExtendedError, isAddressType, Rcode, Type, typeName } from '../../dns/codes.ts';
import type { ExtendedErrorText } from '../../dns/edns.ts';
import { keyOfWire, type NameKey, textOf } from '../../dns/name.ts';
import type { ResourceRecord, WireName } from '../../dns/record.ts';
import { parseRecordText } from '../../dns/rr-text.ts';
import { isInAny, longestZone } from '../../dns/zones.ts';
import type { Pattern } from '../../support/pattern.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import { className } from '../dns-words.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import { answerReply, errorReply } from '../reply.ts';
import type { TemplateData } from './data.ts';
import type { GoTemplate } from './go-template.ts';
import type { TemplateMetrics } from './metrics.ts';
import { TemplateError } from './tokens.ts';

const NAME = 'template';

/** Characters of a fault that a client gets: it may repeat the client's name. */
const MAX_FAULT_CHARACTERS = 120;

export const SECTIONS = ['answer', 'authority', 'additional'] as const;

export type Section = (typeof SECTIONS)[number];

/** A `template` line. */
export interface TemplateRule {
  /** A class, or ANY. */
  readonly qclass: number;
  /** A type, or ANY. */
  readonly type: number;
  readonly zones: readonly NameKey[];
  /** The first that matches the name counts. None: every name. */
  readonly patterns: readonly Pattern[];
  readonly templates: Readonly<Record<Section, readonly GoTemplate[]>>;
  readonly rcode: number;
  readonly error: ExtendedErrorText | undefined;
  /** Zones whose names go on to the next rule when no pattern matches; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
}

/** Answers made from templates. */
export class Template implements Plugin {
  readonly name = NAME;
  readonly #rules: readonly TemplateRule[];
  readonly #resolve: Next;
  readonly #metrics: TemplateMetrics;

  constructor(rules: readonly TemplateRule[], resolve: Next, metrics: TemplateMetrics) {
    this.#rules = rules;
    this.#resolve = resolve;
    this.#metrics = metrics;
  }

  divides(key: NameKey): boolean {
    return this.#rules.some(({ type, zones }) => type !== Type.ANY && isInAny(key, zones));
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    for (const rule of this.#rules) {
      const zone = longestZone(request.key, rule.zones);
      if (zone === undefined || !isAbout(rule, request)) continue;
      const data = dataFor(rule, request, zone);
      if (data !== undefined) return this.#answer(rule, request, data);
      if (rule.fallthrough !== undefined && isInAny(request.key, rule.fallthrough)) continue;
      const text = 'no pattern of the template matches the name';
      return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.OTHER, text);
    }
    return next(request);
  }

  async #answer(rule: TemplateRule, request: Request, data: TemplateData): Promise<Reply> {
    this.#metrics.matched(data);
    const reply = { ...answerReply(NAME, []), rcode: rule.rcode, error: rule.error };
    if (rule.rcode === Rcode.SERVFAIL) return { ...reply, authoritative: false };
    const sections: Partial<Record<Section, readonly ResourceRecord[]>> = {};
    for (const section of SECTIONS) {
      const records: ResourceRecord[] = [];
      for (const template of rule.templates[section]) {
        const made = this.#record(template, section, data);
        if (typeof made === 'string') {
          const text = `template: ${made.slice(0, MAX_FAULT_CHARACTERS)}`;
          return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.OTHER, text);
        }
        records.push(made);
      }
      sections[section] = records;
    }
    return this.#follow(request, { ...reply, ...sections });
  }

  /** A record, or why there is none. */
  #record(template: GoTemplate, section: Section, data: TemplateData): ResourceRecord | string {
    let text: string;
    try {
      text = template.render(data);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#metrics.templateFailed(data, section, template);
      return error.message;
    }
    const { record, ...rest } = parseRecordText(text);
    if (record !== undefined) return record;
    this.#metrics.recordFailed(data, section, template);
    return 'fault' in rest ? rest.fault : '';
  }

  /** Looks up the target of an alias, when an address was asked for. */
  async #follow(request: Request, reply: Reply): Promise<Reply> {
    if (!isAddressType(request.type)) return reply;
    const target = openTarget(reply.answer);
    if (target === undefined) return reply;
    const found = await aliasTarget(NAME, request, reply.answer, target, this.#resolve);
    if (found === undefined) return reply;
    return {
      ...reply,
      rcode: found.rcode,
      truncated: found.truncated,
      answer: joinedAnswer(reply.answer, found),
      authority: found.answer.length === 0 ? found.authority : reply.authority,
      error: reply.error ?? found.error,
    };
  }
}

/** The target of the last CNAME, unless the answer has records for it. */
function openTarget(answer: readonly ResourceRecord[]): WireName | undefined {
  const alias = answer.findLast(({ type }) => type === Type.CNAME);
  if (alias?.data.kind !== 'name') return undefined;
  const key = keyOfWire(alias.data.name);
  return answer.some(({ owner }) => keyOfWire(owner) === key) ? undefined : alias.data.name;
}

function isAbout(rule: TemplateRule, { type, qclass }: Request): boolean {
  const hasClass = rule.qclass === Class.ANY || qclass === Class.ANY || rule.qclass === qclass;
  return hasClass && (rule.type === Type.ANY || type === Type.ANY || rule.type === type);
}

/** What the templates may say; undefined when no pattern matches. */
function dataFor(rule: TemplateRule, request: Request, zone: NameKey): TemplateData | undefined {
  const name = textOf(request.key);
  const found = firstMatch(rule.patterns, name);
  if (found === undefined) return undefined;
  return {
    name,
    questionName: textOf(request.name as NameKey),
    type: typeName(request.type === Type.ANY ? rule.type : request.type),
    class: className(request.qclass === Class.ANY ? rule.qclass : request.qclass),
    zone: textOf(zone),
    typeCode: request.type,
    classCode: request.qclass,
    remote: request.client.address,
    messageId: request.id,
    metadata: request.metadata,
    ...found,
  };
}

function firstMatch(
  patterns: readonly Pattern[],
  name: string,
): Pick<TemplateData, 'match' | 'groups'> | undefined {
  if (patterns.length === 0) return { match: [name], groups: new Map([['0', name]]) };
  for (const pattern of patterns) {
    const found = pattern.find(name);
    if (found === undefined) continue;
    const match = found.groups.map((group) => group ?? '');
    const groups = new Map<string, string>();
    for (const [at, text] of match.entries()) {
      groups.set(String(at), text);
      const groupName = pattern.groupNames[at];
      if (groupName !== undefined) groups.set(groupName, text);
    }
    return { match, groups };
  }
  return undefined;
}
