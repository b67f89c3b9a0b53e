import { Class, Type } from '../../dns/codes.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { Plugin, Request } from '../plugin.ts';
import { answerReply } from '../reply.ts';

const NAME = 'any';

/** CoreDNS's number for the number of the RFC: two hours and a third. */
const TTL_SECONDS = 8482;

/** RFC 8482 section 4.2: a synthesised HINFO record instead of everything there is. */
const DATA = { kind: 'strings', strings: ['ANY obsoleted', 'See RFC 8482'] } as const;

/**
 * Answers queries of type ANY with one short record, so that they cannot be used to multiply
 * traffic.
 */
const any: Plugin & ShortCutPart = {
  name: NAME,
  passes: ({ type }) => type !== Type.ANY,
  async serve(request, next) {
    return request.type === Type.ANY ? answerReply(NAME, [obsolete(request)]) : next(request);
  },
};

function obsolete({ name, qclass }: Request): ResourceRecord {
  const record = { owner: name, type: Type.HINFO, ttl: TTL_SECONDS, data: DATA };
  return qclass === Class.IN ? record : { ...record, class: qclass };
}

/** Reads `any`. */
export const plugin = {
  directive: 'any',
  answers: true,
  clusterAnswers: () => any,
  setup(lines, _context, problems) {
    const directive = new Directive('any', problems);
    directive.bare(lines);
    return directive.failed ? undefined : any;
  },
} satisfies PluginDeclaration;
