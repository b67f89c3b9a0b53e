import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Status } from '../src/app/page/status.ts';
import { Names } from './names.tsx';
import { Badge, whole } from './parts.tsx';
import { usePolled } from './server.ts';

const VIEWS = [['names', 'Names']] as const;

type View = (typeof VIEWS)[number][0];

/** What stands behind `#` in the address: `explain?name=web.shop`. */
function place(): { readonly view: View; readonly query: URLSearchParams } {
  const [word, query = ''] = location.hash.slice(1).split('?', 2);
  const view = VIEWS.find(([name]) => name === word)?.[0] ?? 'names';
  return { view, query: new URLSearchParams(query) };
}

function App() {
  const [{ view }, setPlace] = useState(place);
  const status = usePolled<Status>('/api/status', 3000);
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
  return (
    <>
      <header class="top">
        <h1>svcdns</h1>
        <nav aria-label="Views">
          {VIEWS.map(([name, title]) => (
            <a key={name} href={`#${name}`} aria-current={name === view ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <State status={known} isReached={status === undefined || 'value' in status} />
      </header>
      <main>{view === 'names' && <Names revision={known?.revision ?? ''} />}</main>
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
