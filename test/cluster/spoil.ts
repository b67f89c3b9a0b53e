import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What a proxy does to a request. `cut` closes the connection after so many bytes of the body;
 * `doubled` and `swapped` are about the events of a watch.
 */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'cut'; readonly bytes: number }
  | { readonly kind: 'gone'; readonly bytes: number }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'bookmarks' }
  | { readonly kind: 'doubled' }
  | { readonly kind: 'swapped' };

/** Passes the body of a reply on, as `faultNow` says at each of its parts. */
export async function spoil(
  from: IncomingMessage,
  to: ServerResponse,
  faultNow: () => Fault,
): Promise<void> {
  const { kind } = faultNow();
  if (kind === 'doubled' || kind === 'swapped') return spoilEvents(from, to, faultNow);
  let sent = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const fault = faultNow();
    const limit = fault.kind === 'cut' || fault.kind === 'gone' ? fault.bytes : Infinity;
    if (sent + chunk.length > limit) {
      const last = fault.kind === 'gone' ? `\n${GONE}\n` : chunk.subarray(0, limit - sent);
      // What is written reaches the client before the end does.
      await new Promise<unknown>((done) => to.write(last, done));
      // Of a body whose length was told, the client would go on waiting for the rest.
      const isWatch = from.headers['content-length'] === undefined;
      return void (fault.kind === 'gone' && isWatch ? to.end() : to.destroy());
    }
    sent += chunk.length;
    if (fault.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    to.write(chunk);
    if (fault.kind === 'bookmarks') to.write(bookmark(chunk));
  }
  to.end();
}

/** One more after each whole event, with its own version. */
function bookmark(chunk: Buffer): string {
  const text = chunk.toString();
  const [, kind, version] =
    /^\{"type":"\w+","object":\{"kind":"(\w+)".*"resourceVersion":"(\d+)"/.exec(text) ?? [];
  if (kind === undefined || !text.endsWith('}\n')) return '';
  const object = { kind, apiVersion: 'v1', metadata: { resourceVersion: version } };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

const GONE = JSON.stringify({
  type: 'ERROR',
  object: {
    ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired' },
    message: 'too old resource version: 1 (2)',
  },
});

/** Passes each event on twice, or after the one that came after it. */
async function spoilEvents(
  from: IncomingMessage,
  to: ServerResponse,
  faultNow: () => Fault,
): Promise<void> {
  let [rest, held] = ['', ''];
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      const { kind } = faultNow();
      const isSwapped = kind === 'swapped';
      if (isSwapped && held === '') {
        held = line;
        continue;
      }
      const event = kind === 'doubled' ? line + line : line;
      // Once nothing fails any more, the one that waits comes in its place.
      to.write(isSwapped ? event + held : held + event, 'latin1');
      held = '';
    }
  }
  to.end(held + rest, 'latin1');
}
