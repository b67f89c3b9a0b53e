import { useEffect, useState } from 'preact/hooks';

/** What a request came to; `fault` is for people. */
export type Answer<T> = { readonly value: T } | { readonly fault: string };

/** Asks the server that the page is from. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
  try {
    const response = await fetch(path, signal === undefined ? {} : { signal });
    const text = await response.text();
    if (response.ok) return { value: JSON.parse(text) as T };
    return { fault: faultIn(text) };
  } catch {
    return { fault: 'The server does not answer' };
  }
}

/** Faults are a line of text, or JSON with an `error`. */
function faultIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: string }).error;
  } catch {
    return text.trim();
  }
}

/** `/api/names?search=web`, without what is empty. */
export function pathOf(path: string, query: Readonly<Record<string, string | number>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const words = new URLSearchParams(given.map(([name, value]) => [name, `${value}`]));
  return given.length === 0 ? path : `${path}?${words}`;
}

/**
 * What a path says, asked anew every `ms` while the page is seen, and when one of `news` changes;
 * undefined before the first answer.
 */
export function usePolled<T>(path: string, ms: number, ...news: unknown[]): Answer<T> | undefined {
  const [answer, setAnswer] = useState<Answer<T>>();
  useEffect(() => {
    const stop = new AbortController();
    let timer: number | undefined;
    const poll = async () => {
      if (!document.hidden) {
        const next = await ask<T>(path, stop.signal);
        if (stop.signal.aborted) return;
        setAnswer(next);
      }
      timer = window.setTimeout(poll, ms);
    };
    void poll();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [path, ms, ...news]);
  return answer;
}
