import { asciiOf, type LineBytes } from '../../observe/line-bytes.ts';
import { QUOTE } from '../../support/ascii.ts';
import type { Exchanged } from './exchanged.ts';
import { bufferSize, writeAddress, writeName, writeSeconds } from './values.ts';
import { questionWords, replyWords } from './words.ts';

/** Writes the facts about a query as members of a JSON object. */
export function writeFields(exchanged: Exchanged, out: LineBytes): void {
  const { client, name } = exchanged;
  out.bytes(MEMBERS.client);
  writeAddress(client, false, out);
  out.bytes(MEMBERS.port);
  out.number(client.port);
  out.bytes(MEMBERS.id);
  out.number(exchanged.id);
  out.bytes(MEMBERS.name);
  writeName(name, true, out);
  out.bytes(questionWords(exchanged).members);
  out.number(exchanged.size);
  out.bytes(exchanged.dnssecOk ? MEMBERS.dnssecOk : MEMBERS.notDnssecOk);
  out.number(bufferSize(exchanged));
  out.bytes(replyWords(exchanged).members);
  out.number(exchanged.replySize);
  out.bytes(MEMBERS.seconds);
  writeSeconds(exchanged.ms, out);
  out.bytes(MEMBERS.answeredBy);
  out.text(exchanged.answeredBy);
  out.byte(QUOTE);
}

/** What stands before each value. */
const MEMBERS = {
  client: asciiOf('"client":"'),
  port: asciiOf('","port":'),
  id: asciiOf(',"id":'),
  name: asciiOf(',"plugin":"log","name":"'),
  dnssecOk: asciiOf(',"do":true,"bufsize":'),
  notDnssecOk: asciiOf(',"do":false,"bufsize":'),
  seconds: asciiOf(',"seconds":'),
  answeredBy: asciiOf(',"answeredBy":"'),
} as const;
