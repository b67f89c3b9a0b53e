import { rcodeName, typeName } from '../../dns/codes.ts';
import type { RawReply } from './dns-client.ts';
import type { ReadReply, RecordLine } from './dns-reply.ts';
import { extendedErrorText } from './extended-error.ts';
import { type DnsServer, serverText } from './server-address.ts';

/** The question, and the server that it was sent to. */
export interface SentQuestion {
  readonly name: string;
  readonly type: number;
  readonly server: DnsServer;
}

/** A reply as dig prints it: what begins with `;` is a comment, the rest is zone-file text. */
export function replyText(question: SentQuestion, reply: ReadReply, raw: RawReply): string {
  const name = question.name.endsWith('.') ? question.name : `${question.name}.`;
  const lines = [
    `;; ->>HEADER<<- opcode: QUERY, status: ${rcodeName(reply.rcode)}, id: ${reply.id}`,
    `;; flags: ${reply.flags.join(' ')}; ${counts(reply)}`,
    ...ednsLines(reply),
    '',
    ';; QUESTION SECTION:',
    `;${name} IN ${typeName(question.type)}`,
    ...sectionLines('ANSWER', reply.answer),
    ...sectionLines('AUTHORITY', reply.authority),
    ...sectionLines('ADDITIONAL', reply.additional),
    '',
    `;; Query time: ${Math.round(raw.ms)} msec`,
    `;; SERVER: ${serverText(question.server)} (${raw.transport.toUpperCase()})`,
    `;; MSG SIZE  rcvd: ${raw.bytes.length}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The data of the answer section, a record a line: `dig +short`. */
export function shortText({ answer }: ReadReply): string {
  return answer.map(({ data }) => `${data}\n`).join('');
}

function counts(reply: ReadReply): string {
  const additional = reply.additional.length + (reply.edns === undefined ? 0 : 1);
  return [
    `QUERY: ${reply.questions}`,
    `ANSWER: ${reply.answer.length}`,
    `AUTHORITY: ${reply.authority.length}`,
    `ADDITIONAL: ${additional}`,
  ].join(', ');
}

function ednsLines({ edns }: ReadReply): string[] {
  if (edns === undefined) return [];
  return [
    '',
    ';; OPT PSEUDOSECTION:',
    `; EDNS: version: ${edns.version}, udp: ${edns.udpBytes}`,
    ...edns.errors.map((error) => `; EDE: ${extendedErrorText(error)}`),
  ];
}

function sectionLines(name: string, records: readonly RecordLine[]): string[] {
  if (records.length === 0) return [];
  return ['', `;; ${name} SECTION:`, ...records.map(({ text }) => text)];
}
