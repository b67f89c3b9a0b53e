import { useEffect, useRef, useState } from 'preact/hooks';
import { NAME_KINDS, type NameRow, type NamesPage } from '../src/control/listing/browse.ts';
import { NameDetails } from './name-details.tsx';
import { Badge, Readiness, type Tone, whole } from './parts.tsx';
import { ask, pathOf } from './server.ts';

/** As in the style sheet, px. */
const ROW_HEIGHT = 34;

/** Rows that are asked for at once; pages of them that are kept, the newest. */
const PAGE_ROWS = 100;
const MAX_PAGES = 20;

/** Rows drawn above and below those that are seen. */
const MARGIN = 8;

interface Filter {
  readonly search: string;
  readonly namespace: string;
  readonly kind: string;
}

/** All names, of which those that are seen are drawn. */
export function Names({ revision }: { revision: string }) {
  const [filter, setFilter] = useState<Filter>({ search: '', namespace: '', kind: '' });
  const [chosen, setChosen] = useState<NameRow>();
  const { page, rowAt, isBusy, seen } = useRows(filter, revision);
  const set = (part: Partial<Filter>) => setFilter({ ...filter, ...part });
  return (
    <div class={`names ${chosen === undefined ? '' : 'split'}`}>
      <section class="panel list" aria-label="Names">
        <search class="filters">
          <input
            id="search"
            type="search"
            placeholder="Search  /"
            aria-label="Search names and addresses"
            value={filter.search}
            onInput={({ currentTarget }) => set({ search: currentTarget.value })}
          />
          <select
            aria-label="Namespace"
            value={filter.namespace}
            onChange={({ currentTarget }) => set({ namespace: currentTarget.value })}
          >
            <option value="">all namespaces</option>
            {page?.namespaces.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <select
            aria-label="Kind"
            value={filter.kind}
            onChange={({ currentTarget }) => set({ kind: currentTarget.value })}
          >
            <option value="">all kinds</option>
            {NAME_KINDS.map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </select>
          <output aria-live="polite">
            {page === undefined ? '' : `${whole(page.total)} names`}
          </output>
        </search>
        <VirtualList
          key={JSON.stringify(filter)}
          total={page?.total ?? 0}
          rowAt={rowAt}
          seen={seen}
          chosen={chosen}
          choose={setChosen}
        />
        {page?.total === 0 && !isBusy && <p class="empty">No name matches.</p>}
      </section>
      {chosen !== undefined && (
        <NameDetails row={chosen} revision={revision} close={() => setChosen(undefined)} />
      )}
    </div>
  );
}

/** The rows of a filter, asked for by pages as they come into sight. */
function useRows(filter: Filter, revision: string) {
  const key = JSON.stringify([filter, revision]);
  /** What is drawn: those of the filter before until the first of this one is there. */
  const drawn = useRef(new Map<number, NamesPage>());
  const fresh = useRef({ key: '', pages: new Map<number, NamesPage>() });
  const [page, setPage] = useState<NamesPage>();
  const [range, setRange] = useState<readonly [first: number, last: number]>([0, 0]);
  useEffect(() => {
    const stop = new AbortController();
    if (fresh.current.key !== key) fresh.current = { key, pages: new Map() };
    const { pages } = fresh.current;
    const load = async () => {
      const [first, last] = range.map((row) => Math.floor(row / PAGE_ROWS)) as [number, number];
      for (let at = first; at <= last; at++) {
        if (pages.has(at)) continue;
        const { search, namespace, kind } = filter;
        const query = { search, namespace, kind, from: at * PAGE_ROWS, count: PAGE_ROWS };
        const answer = await ask<NamesPage>(pathOf('/api/names', query), stop.signal);
        if (stop.signal.aborted || !('value' in answer)) return;
        pages.set(at, answer.value);
        const [oldest] = pages.keys();
        if (pages.size > MAX_PAGES && oldest !== undefined) pages.delete(oldest);
        drawn.current = pages;
        setPage(answer.value);
      }
    };
    // Typing and scrolling ask once they pause.
    const timer = window.setTimeout(load, 60);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [key, range[0], range[1]]);
  return {
    page,
    isBusy: drawn.current !== fresh.current.pages,
    rowAt: (row: number) => drawn.current.get(Math.floor(row / PAGE_ROWS))?.rows[row % PAGE_ROWS],
    seen: (first: number, last: number) => {
      if (first !== range[0] || last !== range[1]) setRange([first, last]);
    },
  };
}

interface ListProps {
  readonly total: number;
  readonly rowAt: (row: number) => NameRow | undefined;
  /** Which rows are in sight. */
  readonly seen: (first: number, last: number) => void;
  readonly chosen: NameRow | undefined;
  readonly choose: (row: NameRow) => void;
}

/** A list of any length, of which only what is in sight is in the document. */
function VirtualList({ total, rowAt, seen, chosen, choose }: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(Math.floor(top / ROW_HEIGHT) - MARGIN, 0);
  const last = Math.min(Math.ceil((top + height) / ROW_HEIGHT) + MARGIN, Math.max(total - 1, 0));
  useEffect(() => seen(first, last), [first, last, total]);
  const rows = Array.from({ length: total === 0 ? 0 : last - first + 1 }, (_, at) => first + at);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { dataset } = event.currentTarget as HTMLElement;
    const at = Number(dataset['row']) + (step ?? 0);
    if (step === undefined || at < 0 || at >= total || box.current === null) return;
    event.preventDefault();
    const { scrollTop, clientHeight } = box.current;
    if (at * ROW_HEIGHT < scrollTop) box.current.scrollTop = at * ROW_HEIGHT;
    const end = (at + 1) * ROW_HEIGHT - clientHeight;
    if (end > scrollTop) box.current.scrollTop = end;
    box.current.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus();
  };
  return (
    <div class="rows" ref={box} onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}>
      <ul class="all" aria-label="Names found" style={{ height: `${total * ROW_HEIGHT}px` }}>
        {rows.map((at) => (
          <li
            key={at}
            class="row"
            style={{ transform: `translateY(${at * ROW_HEIGHT}px)` }}
            aria-setsize={total}
            aria-posinset={at + 1}
          >
            <Row
              at={at}
              row={rowAt(at)}
              isChosen={isSame(chosen, rowAt(at))}
              choose={choose}
              move={move}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Row({
  at,
  row,
  isChosen,
  choose,
  move,
}: {
  at: number;
  row: NameRow | undefined;
  isChosen: boolean;
  choose: (row: NameRow) => void;
  move: (event: KeyboardEvent) => void;
}) {
  if (row === undefined) return <div class="cells waiting">…</div>;
  return (
    <button
      type="button"
      class="cells"
      data-row={at}
      aria-current={isChosen}
      onClick={() => choose(row)}
      onKeyDown={move}
    >
      <span class="name">
        <b>{row.name}</b>
        <span class="faint">.{row.namespace}</span>
      </span>
      <Badge tone={KIND_TONES[row.kind] ?? 'plain'}>{row.kind}</Badge>
      <span class="address">{row.leadsTo.join('  ') || '–'}</span>
      {row.kind === 'ExternalName' ? (
        <span class="readiness">↗</span>
      ) : (
        <Readiness ready={row.ready} all={row.endpoints} />
      )}
    </button>
  );
}

const KIND_TONES: Readonly<Record<string, Tone>> = { Pod: 'good', ExternalName: 'warn' };

function isSame(a: NameRow | undefined, b: NameRow | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    [a.kind, a.namespace, a.name].join('/') === [b.kind, b.namespace, b.name].join('/')
  );
}
