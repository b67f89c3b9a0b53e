import type { ComponentChildren } from 'preact';
import type { Answer } from './server.ts';

/** A word in a coloured box. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** How good an rcode is. `null` is one that was not asked for. */
export function toneOf(rcode: string | null): Tone {
  if (rcode === 'NOERROR') return 'good';
  if (rcode === 'NODATA' || rcode === null) return 'plain';
  return rcode === 'NXDOMAIN' ? 'warn' : 'bad';
}

/** Ready endpoints of all, with a dot that says the same. */
export function Readiness({ ready, all }: { ready: number; all: number }) {
  const tone = all === 0 ? 'plain' : ready === all ? 'good' : ready === 0 ? 'bad' : 'warn';
  return (
    <span class="readiness">
      <span class={`dot ${tone}`} aria-hidden="true" />
      {all === 0 ? '–' : `${ready}/${all}`}
      <span class="hidden"> ready</span>
    </span>
  );
}

/** What is shown of an answer, or why there is none. */
export function Shown<T>({
  answer,
  children,
}: {
  answer: Answer<T> | undefined;
  children: (value: T) => ComponentChildren;
}) {
  if (answer === undefined) return <p class="empty">Loading…</p>;
  if ('fault' in answer) return <p class="empty">{answer.fault}</p>;
  return <>{children(answer.value)}</>;
}

/** A panel with a head. */
export function Panel({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A table that scrolls sideways on a phone. */
export function Table({
  label,
  heads,
  children,
}: {
  label: string;
  /** Those that begin with `#` are of numbers. */
  heads: readonly string[];
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
    <section class="scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} class={head.startsWith('#') ? 'number' : ''} scope="col">
                {head.replace('#', '')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

export function percent(part: number): string {
  if (part === 0) return '–';
  const rounded = Math.round(part * 100);
  return rounded === 0 ? '<1 %' : `${rounded} %`;
}

export function rate(perSecond: number): string {
  return perSecond >= 10 ? whole(perSecond) : perSecond.toFixed(1);
}

export function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

export function timeOf(date: Date): string {
  return date.toLocaleTimeString('en-GB');
}
