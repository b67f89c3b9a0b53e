import { HEADER_BYTES } from '../../dns/header.ts';
import { readSections } from '../../dns/message.ts';
import type { NameKey } from '../../dns/name.ts';
import { type ResourceRecord, recordDataBytes, type WireName } from '../../dns/record.ts';
import { MessageWriter } from '../../dns/writer.ts';

/** The sections of a reply. */
export interface Sections {
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}

/**
 * The same as they stand in a message behind their question, in a latin1 string. A string has a
 * header of 16 bytes and lies on the ordinary heap, where records as objects take ten times their
 * bytes and each typed array some 200.
 */
export interface PackedSections {
  readonly wire: string;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

/** Bytes of the sections of one reply; a longer one would push out hundreds of others. */
export const MAX_PACKED_BYTES = 16 * 1024;

/** The root as the owner, type, class, TTL and length: no record is shorter. */
const LEAST_RECORD_BYTES = 11;

/** With more records no reply fits into `MAX_PACKED_BYTES`, whatever they are. */
export const MAX_PACKED_RECORDS = Math.floor(MAX_PACKED_BYTES / LEAST_RECORD_BYTES);

const QUESTION_END_BYTES = 5; // the root's zero byte, type, class
const MAX_QUESTION_BYTES = 255 + QUESTION_END_BYTES;

const scratch = Buffer.alloc(HEADER_BYTES + MAX_QUESTION_BYTES + MAX_PACKED_BYTES);

/**
 * Packs the sections of the reply to a question about `name`. Names that end in it, in lower case,
 * become pointers to the question, and so are in the case of the question that they are unpacked
 * for. Undefined when it is too long.
 */
export function packSections(sections: Sections, name: NameKey): PackedSections | undefined {
  const { answer, authority, additional } = sections;
  const start = HEADER_BYTES + name.length + QUESTION_END_BYTES;
  const writer = new MessageWriter(scratch, start);
  writer.know(name, HEADER_BYTES);
  for (const section of [answer, authority, additional]) {
    for (const record of section) {
      const most = record.owner.length + 11 + recordDataBytes(record.data);
      if (writer.offset + most > start + MAX_PACKED_BYTES) return undefined;
      writer.record(record);
    }
  }
  return {
    wire: scratch.toString('latin1', start, writer.offset),
    answers: answer.length,
    authorities: authority.length,
    additionals: additional.length,
  };
}

/**
 * The records for a question about the name that they were packed for, in any case. They are the
 * caller's own.
 *
 * @throws {FormatError} when the record data were not what their types say.
 */
export function unpackSections(packed: PackedSections, name: WireName): Sections {
  const start = HEADER_BYTES + name.length + QUESTION_END_BYTES;
  scratch.write(name, HEADER_BYTES, 'latin1');
  scratch[HEADER_BYTES + name.length] = 0;
  const message = scratch.subarray(0, start + packed.wire.length);
  message.write(packed.wire, start, 'latin1');
  const { answers, authorities, additionals } = packed;
  const [answer, authority, additional] = readSections(message, start, [
    answers,
    authorities,
    additionals,
  ]);
  return { answer, authority, additional };
}
