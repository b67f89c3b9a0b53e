import { useEffect, useState } from 'preact/hooks';
import type { ExplainedStep, Explanation } from '../src/explain/explanation.ts';
import { Badge, Panel, Shown, toneOf } from './parts.tsx';
import { type Answer, ask, pathOf } from './server.ts';

const TYPES = ['A', 'AAAA', 'SRV', 'CNAME', 'PTR', 'TXT', 'MX', 'NS', 'SOA', 'HTTPS'];

/** Why a name has its answer: the question stands behind `#explain?` in the address. */
export function Explain({ given }: { given: URLSearchParams }) {
  const asked = {
    name: given.get('name') ?? '',
    type: given.get('type') ?? 'A',
    from: given.get('from') ?? '',
  };
  const [question, setQuestion] = useState(asked);
  const [answer, setAnswer] = useState<Answer<Explanation>>();
  const key = JSON.stringify(asked);
  useEffect(() => {
    setQuestion(asked);
    setAnswer(undefined);
    if (asked.name === '') return;
    const stop = new AbortController();
    void ask<Explanation>(pathOf('/api/explain', asked), stop.signal).then((next) => {
      if (!stop.signal.aborted) setAnswer(next);
    });
    return () => stop.abort();
  }, [key]);
  const set = (part: Partial<typeof asked>) => setQuestion({ ...question, ...part });
  return (
    <>
      <form
        class="panel question"
        onSubmit={(event) => {
          event.preventDefault();
          const hash = pathOf('#explain', question);
          if (location.hash === hash) dispatchEvent(new HashChangeEvent('hashchange'));
          location.hash = hash;
        }}
      >
        <label>
          Name
          <input
            id="search"
            value={question.name}
            placeholder="web.shop"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onInput={({ currentTarget }) => set({ name: currentTarget.value })}
          />
        </label>
        <label>
          Type
          <select
            value={question.type}
            onChange={({ currentTarget }) => set({ type: currentTarget.value })}
          >
            {TYPES.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        </label>
        <label>
          Asked from
          <input
            value={question.from}
            placeholder="namespace or IP"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onInput={({ currentTarget }) => set({ from: currentTarget.value })}
          />
        </label>
        <button type="submit">Explain</button>
      </form>
      {asked.name === '' ? (
        <p class="empty">
          Any name, as a program in a Pod asks for it. A final dot makes it absolute.
        </p>
      ) : (
        <Shown answer={answer}>{(explanation) => <Story explanation={explanation} />}</Shown>
      )}
    </>
  );
}

function Story({ explanation }: { explanation: Explanation }) {
  const { question, client, rcode, reason, steps, waste, toldBy } = explanation;
  const from = client.pod?.object ?? client.address ?? `namespace ${client.namespace}`;
  return (
    <Panel
      title={`${question.name} ${question.type}`}
      aside={
        <>
          <span class="faint">from {from}</span>
          <Badge tone={toneOf(rcode)}>{rcode ?? 'not asked'}</Badge>
        </>
      }
    >
      <p class={`why ${toneOf(rcode)}`}>{sentence(reason.text)}</p>
      <ol class="steps">
        {steps.map((step, at) => (
          <Step key={step.name} step={step} isOpen={at === toldBy} />
        ))}
      </ol>
      {waste.questions > 0 && (
        <p class="waste">
          {waste.questions} {waste.questions === 1 ? 'question' : 'questions'} of the search list
          brought nothing. {sentence(waste.advice)}
        </p>
      )}
    </Panel>
  );
}

function Step({ step, isOpen }: { step: ExplainedStep; isOpen: boolean }) {
  const { name, searchDomain, rcode, reason, plugins, records, ttl, block } = step;
  const domain = searchDomain === null ? '' : `${searchDomain.replace(/\.$/, '')}.`;
  const own = domain !== '' && name.endsWith(domain) ? name.slice(0, -domain.length) : name;
  const deeds = plugins.filter(({ did }) => did !== 'passed');
  return (
    <li class={toneOf(rcode)}>
      <details open={isOpen}>
        <summary>
          <span class="step-name">
            {own}
            {own !== name && <span class="faint">{domain}</span>}
          </span>
          <Badge tone={toneOf(rcode)}>{rcode ?? 'not asked'}</Badge>
          <span class="step-reason">{reason.text}</span>
        </summary>
        {block !== null && (
          <p class="chain">
            <span class="chip">
              {block.zones.join(' ') || '.'}
              {block.origin !== null && <span class="faint"> {block.origin}</span>}
            </span>
            {plugins.map((plugin) => (
              <span key={plugin.plugin} class={`chip ${plugin.did}`} title={plugin.text}>
                {plugin.plugin}
              </span>
            ))}
          </p>
        )}
        {deeds.length > 0 && (
          <ul class="deeds">
            {deeds.map(({ plugin, text, origin }) => (
              <li key={plugin}>
                <b>{plugin}</b> {text} {origin !== null && <span class="faint">{origin}</span>}
              </li>
            ))}
          </ul>
        )}
        {records.map((record) => (
          <div class="record" key={`${record.name} ${record.type} ${record.data}`}>
            <code>
              {record.type} {record.data}
            </code>
            <span class="faint">
              TTL {record.ttl} s · {record.by}
            </span>
            {[record, ...record.from].map(
              ({ object, origin }) =>
                object !== null && (
                  <span key={object} class="place">
                    {object} <span class="faint">{origin}</span>
                  </span>
                ),
            )}
          </div>
        ))}
        {ttl !== null && (
          <p class="faint">
            TTL {ttl.seconds} s: {ttl.text}
          </p>
        )}
      </details>
    </li>
  );
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) || first === '' ? first : `${first}.`;
}
