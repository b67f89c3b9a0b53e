import { Class, Opcode, Rcode, Type } from './codes.ts';
import { Flag, HEADER_BYTES, readUint16, readUint32, writeUint16, writeUint32 } from './header.ts';
import { areSameNames, isAtOrAbove, NameCopier, nameEndIn } from './name-copier.ts';
import { SOA_TIMES_BYTES } from './plain-size.ts';
import { MAX_TTL, saneTtl } from './record.ts';

/** Aliases in a row; those of most names are fewer. */
const MAX_ALIASES = 8;

/** Records of all sections: as many as `readMessage` reads, whatever they are. */
const MAX_RECORDS = 100;

/** A record with three names and what an SOA record has beside them: none here is longer. */
const MOST_RECORD_BYTES = 800;

const NOTHING = Buffer.alloc(0);

/**
 * The plainest replies of other servers, read without making records: addresses of the name asked
 * for, or of the one that its aliases lead to in their order; or a denial with the SOA record that
 * says for how long it holds. What a client gets of it, and a cache keeps, is written meanwhile:
 * these records, and none of what stands beside them. Everything else is for `readMessage`, which
 * is also who says what is malformed.
 */
export class PlainReply {
  readonly #copier = new NameCopier();
  #bytes: Buffer = NOTHING;
  #questionEnd = 0;
  /** The record at hand, and where the one behind it begins. */
  #owner = 0;
  #type = 0;
  #ttl = 0;
  #data = 0;
  #end = 0;
  /** The name asked for and those that it is an alias of. */
  readonly #names = new Uint16Array(1 + MAX_ALIASES);
  #aliases = 0;
  /** Where a pointer to the last of these leads. */
  #pointer = 0;
  #addresses = 0;
  /** Where the TTL of the SOA record is, and for how long that says it holds; seconds. */
  #soaTtlAt = 0;
  #holds = 0;
  /** The flags word. */
  flags = 0;
  rcode = 0;
  /** Records of the answer section: aliases, and in an answer addresses. */
  answers = 0;
  /** Records of the authority section: the SOA record of a denial. */
  authorities = 0;
  isDenial = false;
  /** How long it may be kept (RFC 2308 section 5); seconds. */
  ttl = 0;

  /**
   * Reads the reply to a question of this type and class IN that ends at `questionEnd`, which the
   * caller has compared. False when it is not plain.
   */
  read(bytes: Buffer, questionEnd: number, type: number): boolean {
    const flags = readUint16(bytes, 2);
    const isReply = (flags & (Flag.QR | Flag.TC)) === Flag.QR;
    if (!isReply || ((flags >>> 11) & 0xf) !== Opcode.QUERY || readUint16(bytes, 4) !== 1) {
      return false;
    }
    this.#bytes = bytes;
    this.#questionEnd = questionEnd;
    this.#end = questionEnd;
    this.#copier.begin(bytes, questionEnd);
    this.#names[0] = HEADER_BYTES;
    this.#aliases = 0;
    this.#pointer = HEADER_BYTES;
    this.#addresses = 0;
    this.flags = flags;
    this.rcode = flags & 0xf;
    this.answers = readUint16(bytes, 6);
    this.authorities = 0;
    this.ttl = MAX_TTL;
    const authorities = readUint16(bytes, 8);
    const additionals = readUint16(bytes, HEADER_BYTES - 2);
    return (
      this.answers + authorities + additionals <= MAX_RECORDS &&
      this.#readAnswers(type) &&
      this.#readAuthorities(authorities) &&
      this.#readAdditionals(additionals) &&
      this.#end === bytes.length
    );
  }

  /**
   * The bytes of the records behind the question, in latin1. Of a denial that `isKept`, the SOA
   * record's TTL says for how long.
   */
  wire(isKept: boolean): string {
    if (isKept && this.isDenial) writeUint32(this.#copier.output, this.#soaTtlAt, this.#holds);
    return this.#copier.output.toString('latin1', this.#questionEnd, this.#copier.end);
  }

  /** The aliases in their order, then addresses. */
  #readAnswers(type: number): boolean {
    const { answers } = this;
    // Of this type the first alias is the answer.
    if (type === Type.CNAME && answers > 0) return false;
    for (let i = 0; i < answers; i++) {
      if (!this.#next() || !this.#isOfLastName()) return false;
      const isTaken = this.#type === Type.CNAME ? this.#takeAlias() : this.#takeAddress(type);
      if (!isTaken) return false;
    }
    this.isDenial = this.#addresses === 0;
    if (this.#addresses > 1) this.#levelTtls(type);
    return this.rcode === Rcode.NOERROR || (this.isDenial && this.rcode === Rcode.NXDOMAIN);
  }

  #isOfLastName(): boolean {
    return areSameNames(this.#bytes, this.#owner, this.#names[this.#aliases]!);
  }

  #takeAlias(): boolean {
    const bytes = this.#bytes;
    const target = this.#data;
    if (this.#addresses > 0 || this.#aliases === MAX_ALIASES) return false;
    if (nameEndIn(bytes, target) !== this.#end) return false;
    for (let i = 0; i <= this.#aliases; i++) {
      if (areSameNames(bytes, this.#names[i]!, target)) return false;
    }
    const lengthAt = this.#beginRecord(this.#pointer, this.#ttl);
    this.#pointer = this.#copier.copy(target);
    this.#endData(lengthAt);
    this.#names[++this.#aliases] = target;
    return true;
  }

  #takeAddress(type: number): boolean {
    if (this.#type !== type || !this.#isAddress()) return false;
    const copier = this.#copier;
    const lengthAt = this.#beginRecord(this.#pointer, this.#ttl);
    for (let at = this.#data; at < this.#end; at++) copier.output[copier.end++] = this.#bytes[at]!;
    this.#endData(lengthAt);
    this.#addresses++;
    return true;
  }

  /** The TTL of an RRset is the lowest there is (RFC 2181 section 5.2). */
  #levelTtls(type: number): void {
    const { output, end } = this.#copier;
    const size = 12 + addressBytes(type);
    const start = end - this.#addresses * size;
    let lowest = MAX_TTL;
    for (let at = start; at < end; at += size) {
      lowest = Math.min(lowest, readUint32(output, at + 6));
    }
    for (let at = start; at < end; at += size) writeUint32(output, at + 6, lowest);
  }

  #readAuthorities(count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (!this.#next()) return false;
      const isSoa = this.isDenial && this.#type === Type.SOA && this.authorities === 0;
      if (!(isSoa ? this.#takeSoa() : this.#isBeside())) return false;
    }
    return !this.isDenial || this.authorities > 0;
  }

  /** Of the last name, or of one above it. */
  #takeSoa(): boolean {
    const bytes = this.#bytes;
    const copier = this.#copier;
    if (!isAtOrAbove(bytes, this.#owner, this.#names[this.#aliases]!)) return false;
    const contact = nameEndIn(bytes, this.#data);
    const times = contact === 0 ? 0 : nameEndIn(bytes, contact);
    if (times === 0 || times + SOA_TIMES_BYTES !== this.#end) return false;
    this.#holds = Math.min(this.#ttl, saneTtl(readUint32(bytes, this.#end - 4)));
    copier.copy(this.#owner);
    this.#soaTtlAt = copier.end + 4;
    const lengthAt = this.#beginData(this.#ttl);
    this.ttl = Math.min(this.ttl, this.#holds);
    copier.copy(this.#data);
    copier.copy(contact);
    for (let at = times; at < this.#end; at++) copier.output[copier.end++] = bytes[at]!;
    this.#endData(lengthAt);
    this.authorities = 1;
    return true;
  }

  #readAdditionals(count: number): boolean {
    let hasOpt = false;
    for (let i = 0; i < count; i++) {
      if (!hasOpt && this.#skipOpt()) hasOpt = true;
      else if (!this.#next() || !this.#isBeside()) return false;
    }
    return true;
  }

  /** An OPT record that says nothing. */
  #skipOpt(): boolean {
    const bytes = this.#bytes;
    const at = this.#end;
    const isPlain =
      at + 11 <= bytes.length &&
      bytes[at] === 0 &&
      readUint16(bytes, at + 1) === Type.OPT &&
      bytes[at + 5] === 0 && // no more of an rcode
      readUint16(bytes, at + 9) === 0;
    if (isPlain) this.#end = at + 11;
    return isPlain;
  }

  /** Whether it is a name server or a host, of which no client gets any. */
  #isBeside(): boolean {
    return this.#type === Type.NS
      ? nameEndIn(this.#bytes, this.#data) === this.#end
      : this.#isAddress();
  }

  #isAddress(): boolean {
    const length = this.#end - this.#data;
    return length > 0 && length === addressBytes(this.#type);
  }

  /** Looks at the next record, which has to be of class IN. */
  #next(): boolean {
    const bytes = this.#bytes;
    this.#owner = this.#end;
    const at = nameEndIn(bytes, this.#owner);
    if (at === 0 || at + 10 > bytes.length || readUint16(bytes, at + 2) !== Class.IN) return false;
    this.#type = readUint16(bytes, at);
    this.#ttl = saneTtl(readUint32(bytes, at + 4));
    this.#data = at + 10;
    this.#end = this.#data + readUint16(bytes, at + 8);
    return this.#end <= bytes.length && this.#copier.hasRoomFor(MOST_RECORD_BYTES);
  }

  /** Writes the record up to its data. Returns where the length is to be written. */
  #beginRecord(owner: number, ttl: number): number {
    const copier = this.#copier;
    writeUint16(copier.output, copier.end, 0xc000 | owner);
    copier.end += 2;
    return this.#beginData(ttl);
  }

  /** The same behind an owner. */
  #beginData(ttl: number): number {
    const copier = this.#copier;
    this.ttl = Math.min(this.ttl, ttl);
    writeUint16(copier.output, copier.end, this.#type);
    writeUint16(copier.output, copier.end + 2, Class.IN);
    writeUint32(copier.output, copier.end + 4, ttl);
    copier.end += 10;
    return copier.end - 2;
  }

  #endData(lengthAt: number): void {
    writeUint16(this.#copier.output, lengthAt, this.#copier.end - lengthAt - 2);
  }
}

function addressBytes(type: number): number {
  return type === Type.A ? 4 : type === Type.AAAA ? 16 : 0;
}
