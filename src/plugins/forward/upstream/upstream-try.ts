import { Rcode, Type } from '../../../dns/codes.ts';
import { Flag } from '../../../dns/header.ts';
import type { Message } from '../../../dns/message.ts';
import type { Timer } from '../../../support/clock.ts';
import type { DatagramEvents } from '../../datagram.ts';
import type { DatagramHold } from '../transport/datagram-socket.ts';
import { isLocalFailure } from '../transport/limited-sockets.ts';
import type { Query } from './query.ts';
import { encode, judge, type Mismatch, type SentQuery } from './sent-query.ts';
import type { BegunTry, TryEvents, TryFailure, TryReply } from './try-events.ts';
import type { Upstream, UpstreamContext } from './upstream.ts';

/** Datagrams that do not match the query until the socket is given up as under attack. */
const MAX_MISMATCHES = 100;

/**
 * One query to one upstream. Ignores everything that is not its reply. The first datagram that is
 * not is a sign of forgery: the query then goes over TCP too, and the first reply is taken.
 */
export class UpstreamTry implements DatagramEvents {
  readonly #upstream: Upstream;
  readonly #context: UpstreamContext;
  readonly #query: Query;
  readonly #isStreamOnly: boolean;
  readonly #events: TryEvents<UpstreamTry>;
  #sentAt = 0;
  #silence: Timer | undefined;
  #isDone = false;
  #isSilent = false;
  #isDetached = false;
  #datagram: DatagramHold | undefined;
  /** What the datagram asks. */
  #sent: SentQuery | undefined;
  #stream: (() => void) | undefined;
  #hasAskedStream = false;
  #mismatches = 0;
  /** A reply did not repeat the case that was sent. */
  #sawOtherCase = false;
  #isPlain = false;
  #withoutEdns = false;
  /** A reply to use when no better one comes. */
  #fallback: TryReply | undefined;

  constructor(
    upstream: Upstream,
    context: UpstreamContext,
    query: Query,
    isStreamOnly: boolean,
    events: TryEvents<UpstreamTry>,
  ) {
    this.#upstream = upstream;
    this.#context = context;
    this.#query = query;
    this.#isStreamOnly = isStreamOnly || upstream.isEncrypted;
    this.#events = events;
  }

  /** Goes on with a query that was begun. */
  start(begun?: BegunTry): void {
    const { clock } = this.#context;
    const now = clock.now();
    this.#sentAt = begun?.sentAt ?? now;
    this.#silence = clock.setTimeout(
      () => {
        this.#isSilent = true;
        this.#upstream.wasSilent(this.#sentAt);
        if (this.#isDetached) this.cancel();
        else if (!this.#isDone) this.#events.silent(this);
      },
      this.#upstream.options.silenceMs - (now - this.#sentAt),
    );
    if (begun === undefined) this.#ask();
    else {
      this.#sent = begun.sent;
      this.#datagram = begun.handTo(this);
    }
  }

  /** Ends it; no event follows. */
  cancel(): void {
    if (!this.#isDone) this.#close();
  }

  /** Another upstream was faster: no event follows, but it is learned if this one is dead. */
  detach(): void {
    this.#isDetached = true;
    if (this.#isSilent) this.cancel();
  }

  #ask(): void {
    if (this.#isStreamOnly) this.#askStream();
    else this.#askDatagram();
  }

  #askDatagram(): void {
    this.#datagram?.close();
    this.#sent = this.#encode(this.#upstream.capabilities.keepsCase && !this.#isPlain);
    this.#datagram = this.#upstream.askDatagram(this.#sent.bytes, this);
    if (this.#datagram === undefined) this.#fail({ kind: 'busy' });
  }

  /** From the socket. */
  received(bytes: Buffer): void {
    const sent = this.#sent;
    if (this.#isDone || this.#datagram === undefined || sent === undefined) return;
    const verdict = this.#judge(bytes, sent, false);
    if (verdict.kind === 'reply') {
      if (this.#isPlain) this.#upstream.capabilities.foldsCase();
      this.#releaseDatagram();
      this.#accept(verdict.message, sent, false);
    } else this.#mismatched(verdict.kind);
  }

  /** From the socket. */
  strayed(): void {
    this.#mismatched('source');
  }

  /** From the socket, which is closed. */
  failed(error: Error): void {
    this.#datagram = undefined;
    if (this.#stream === undefined) this.#fail({ kind: 'network', error });
  }

  #mismatched(reason: Mismatch): void {
    if (this.#isDone || this.#datagram === undefined) return;
    const { metrics } = this.#upstream;
    metrics.mismatched(reason);
    if (this.#isDetached) return;
    this.#mismatches++;
    if (reason === 'case') this.#sawOtherCase = true;
    if (!this.#hasAskedStream) {
      metrics.tcpAfterMismatch.add(1);
      this.#askStream();
    } else if (this.#stream === undefined && this.#isCaseToBlame) this.#askPlainly();
    if (this.#mismatches < MAX_MISMATCHES || this.#isDone) return;
    this.#closeDatagram();
    if (this.#stream === undefined) this.#fail({ kind: 'useless' });
  }

  #askStream(): void {
    this.#hasAskedStream = true;
    // Mixed although a stream cannot be forged: so we learn which upstream does not repeat the
    // case.
    const sent = this.#encode(this.#upstream.capabilities.keepsCase);
    this.#stream = this.#upstream.askStream(sent, {
      answered: (bytes) => this.#streamReceived(bytes, sent),
      failed: (error) => this.#streamFailed({ kind: 'network', error }),
    });
  }

  #streamReceived(bytes: Buffer, sent: SentQuery): void {
    this.#stream = undefined;
    if (this.#isDone) return;
    const verdict = this.#judge(bytes, sent, true);
    if (verdict.kind === 'reply') {
      if (!verdict.keptCase) this.#upstream.capabilities.foldsCase();
      this.#accept(verdict.message, sent, true);
      return;
    }
    this.#upstream.metrics.mismatched(verdict.kind);
    this.#streamFailed({ kind: 'useless' });
  }

  #streamFailed(failure: TryFailure): void {
    this.#stream = undefined;
    if (this.#isDone) return;
    if (this.#fallback !== undefined) this.#answer(this.#fallback);
    else if (this.#datagram === undefined) this.#fail(failure);
    else if (this.#isCaseToBlame) this.#askPlainly();
  }

  get #isCaseToBlame(): boolean {
    return this.#sawOtherCase && !this.#isPlain;
  }

  /** The upstream seems to fold case, and has no TCP: ask without 0x20, by ID and port alone. */
  #askPlainly(): void {
    this.#isPlain = true;
    this.#askDatagram();
  }

  #accept(message: Message, sent: SentQuery, isStream: boolean): void {
    const ms = this.#context.clock.now() - this.#sentAt;
    this.#upstream.health.replied(ms);
    if (this.#isDetached) this.cancel();
    // The reply may have brought the upstream up, which ends its probe: perhaps this very try.
    if (this.#isDone) return;
    if (this.#isRefusalOfEdns(message, sent)) {
      this.#withoutEdns = true;
      this.#hasAskedStream = false;
      this.#closeDatagram();
      this.#closeStream();
      if (isStream) this.#askStream();
      else this.#ask();
      return;
    }
    // Refused without EDNS too: then EDNS was not the reason.
    if (this.#withoutEdns && !isRefusal(message)) this.#upstream.capabilities.refusesEdns();
    const isCut = (message.flags & Flag.TC) !== 0;
    const answered = { message, sentName: sent.name, isStream, isCut };
    if (isCut && isStream) {
      this.#fail({ kind: 'useless' }); // no message is too long for TCP
      return;
    }
    if (!isStream && (isCut || this.#needsStream(message))) {
      this.#fallback = answered;
      this.#closeDatagram();
      if (this.#stream === undefined && this.#hasAskedStream) this.#answer(answered);
      else if (this.#stream === undefined) this.#askStream();
      return;
    }
    this.#upstream.metrics.replied(message.rcode, ms);
    this.#answer(answered);
  }

  /** A server from before 1999: FORMERR or NOTIMP without an OPT record (RFC 6891 section 7). */
  #isRefusalOfEdns(message: Message, sent: SentQuery): boolean {
    return isRefusal(message) && sent.hasEdns && message.edns === undefined && !this.#withoutEdns;
  }

  /**
   * A DNAME stands for a whole tree of names, so it is taken only over a stream, where it cannot be
   * forged. A validating client (DO) needs it.
   */
  #needsStream({ answer }: Message): boolean {
    const isAskedFor = this.#query.type === Type.DNAME;
    return this.#query.dnssecOk && !isAskedFor && answer.some(({ type }) => type === Type.DNAME);
  }

  #judge(bytes: Buffer, sent: SentQuery, isStream: boolean) {
    const { largeReplies } = this.#context;
    return judge(bytes, sent, isStream, (length) => largeReplies.take(length));
  }

  #encode(mixCase: boolean): SentQuery {
    const edns = this.#upstream.capabilities.takesEdns && !this.#withoutEdns;
    return encode(this.#query, this.#context.random, { mixCase, edns });
  }

  #answer(reply: TryReply): void {
    if (this.#isDone) return;
    this.#close();
    if (!this.#isDetached) this.#events.answered(this, reply);
  }

  #fail(reason: TryFailure): void {
    if (this.#isDone) return;
    this.#close();
    // No descriptor was free here: that is not the upstream's fault.
    const isOurs = reason.kind === 'network' && isLocalFailure(reason.error);
    const failure: TryFailure = isOurs ? { kind: 'busy' } : reason;
    if (failure.kind === 'network') this.#upstream.networkFailed(failure.error, this.#sentAt);
    if (!this.#isDetached) this.#events.failed(this, failure);
  }

  #close(): void {
    this.#isDone = true;
    this.#silence?.cancel();
    this.#closeDatagram();
    this.#closeStream();
  }

  #closeStream(): void {
    this.#stream?.();
    this.#stream = undefined;
  }

  /** The reply has come. */
  #releaseDatagram(): void {
    // The port is known to a forger: it is not used again.
    if (this.#mismatches > 0) this.#closeDatagram();
    this.#datagram?.answered();
    this.#datagram = undefined;
  }

  #closeDatagram(): void {
    this.#datagram?.close();
    this.#datagram = undefined;
  }
}

function isRefusal({ rcode }: Message): boolean {
  return rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP;
}
