import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Status } from '../src/app/page/status.ts';
import { Explain } from './explain.tsx';
import { useFollowed } from './follow.ts';
import { Live } from './live.tsx';
import { Names } from './names.tsx';
import { Badge, Shown, whole } from './parts.tsx';
import { Problems } from './problems.tsx';
import { usePolled } from './server.ts';
import { Traffic } from './traffic.tsx';

const VIEWS = [
  ['names', 'Names'],
  ['explain', 'Explain'],
  ['problems', 'Problems'],
  ['live', 'Live'],
  ['traffic', 'Traffic'],
] as const;

type View = (typeof VIEWS)[number][0];

/** What stands behind `#` in the address: `explain?name=web.shop`. */
function place(): { readonly view: View; readonly query: URLSearchParams } {
  const [word, query = ''] = location.hash.slice(1).split('?', 2);
  const view = VIEWS.find(([name]) => name === word)?.[0] ?? 'names';
  return { view, query: new URLSearchParams(query) };
}

function App() {
  const [{ view, query }, setPlace] = useState(place);
  const [showsQueries, showQueries] = useState(false);
  const followed = useFollowed(showsQueries);
  const newest = followed.changes[0]?.id;
  const status = usePolled<Status>('/api/status', 3000, newest);
  useEffect(() => {
    const moved = () => setPlace(place());
    addEventListener('hashchange', moved);
    addEventListener('keydown', toSearch);
    return () => {
      removeEventListener('hashchange', moved);
      removeEventListener('keydown', toSearch);
    };
  }, []);
  const known = status !== undefined && 'value' in status ? status.value : undefined;
  const errors = known?.problems.filter(({ severity }) => severity !== 'hint').length ?? 0;
  return (
    <>
      <header class="top">
        <h1>svcdns</h1>
        <nav aria-label="Views">
          {VIEWS.map(([name, title]) => (
            <a key={name} href={`#${name}`} aria-current={name === view ? 'page' : undefined}>
              {title}
              {name === 'problems' && errors > 0 && <span class="count">{errors}</span>}
            </a>
          ))}
        </nav>
        <State status={known} isReached={status === undefined || 'value' in status} />
      </header>
      <main>
        {view === 'names' && <Names revision={known?.revision ?? ''} />}
        {view === 'explain' && <Explain given={query} />}
        {view === 'live' && (
          <Live followed={followed} showsQueries={showsQueries} showQueries={showQueries} />
        )}
        {view === 'problems' && (
          <Shown answer={status}>{(value) => <Problems status={value} />}</Shown>
        )}
        {view === 'traffic' && (
          <Shown answer={status}>{(value) => <Traffic status={value} />}</Shown>
        )}
      </main>
    </>
  );
}

function State({ status, isReached }: { status: Status | undefined; isReached: boolean }) {
  if (!isReached) return <Badge tone="bad">not reached</Badge>;
  if (status === undefined) return null;
  const { notReady, names, files, zones, version } = status;
  return (
    <div class="state">
      <span class="faint" title={zones.join(' ')}>
        {zones[0]} · {whole(names)} names · {whole(files)} files · {version}
      </span>
      <Badge tone={notReady.length === 0 ? 'good' : 'warn'}>
        {notReady.length === 0 ? 'ready' : `not ready: ${notReady.join(', ')}`}
      </Badge>
    </div>
  );
}

/** `/` leads to the field to search in, as on many pages. */
function toSearch(event: KeyboardEvent): void {
  const { target } = event;
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.getElementById('search')?.focus();
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
