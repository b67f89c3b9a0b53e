import type { NameRow, ServiceTree } from '../src/control/listing/browse.ts';
import { Readiness, Shown, whole } from './parts.tsx';
import { pathOf, usePolled } from './server.ts';

/** The tree behind a name: a Service, its slices, their Pods. */
export function NameDetails({
  row,
  revision,
  close,
}: {
  row: NameRow;
  revision: string;
  close: () => void;
}) {
  const { namespace, name, kind } = row;
  return (
    <section class="panel details" aria-label={`${name}.${namespace}`}>
      <header>
        <h2>
          {name}
          <span class="faint">.{namespace}</span>
        </h2>
        <a
          class="button"
          href={`#explain?${new URLSearchParams({ name: `${name}.${namespace}` })}`}
        >
          Explain
        </a>
        <button type="button" class="quiet" onClick={close} aria-label="Close">
          ✕
        </button>
      </header>
      {kind === 'Pod' ? (
        <dl>
          <dt>Kind</dt>
          <dd>Pod</dd>
          <dt>Addresses</dt>
          <dd class="address">{row.leadsTo.join('  ')}</dd>
          <dt>Ready</dt>
          <dd>
            <Readiness ready={row.ready} all={1} />
          </dd>
        </dl>
      ) : (
        <Tree namespace={namespace} name={name} revision={revision} />
      )}
    </section>
  );
}

function Tree({
  namespace,
  name,
  revision,
}: {
  namespace: string;
  name: string;
  revision: string;
}) {
  const path = pathOf('/api/service', { namespace, name });
  const answer = usePolled<ServiceTree>(path, 10_000, revision);
  return (
    <Shown answer={answer}>
      {(service) => (
        <>
          <dl>
            <dt>Kind</dt>
            <dd>{service.kind}</dd>
            <dt>Leads to</dt>
            <dd class="address">{service.leadsTo.join('  ') || '–'}</dd>
            <dt>Ports</dt>
            <dd>{service.ports.join(', ') || '–'}</dd>
            <dt>Selector</dt>
            <dd class="address">{service.selector || '–'}</dd>
            <dt>Written in</dt>
            <dd class="address">{service.origin}</dd>
          </dl>
          <ul class="tree">
            {service.slices.map((slice) => (
              <li key={slice.name}>
                <div class="node">
                  <b>{slice.name}</b>
                  <span class="faint">
                    {slice.addressType} {slice.ports.join(', ')}
                  </span>
                </div>
                <ul>
                  {slice.endpoints.map((endpoint) => (
                    <li key={endpoint.addresses.join()}>
                      <div class="node">
                        <span
                          class={`dot ${endpoint.ready ? 'good' : 'bad'}`}
                          role="img"
                          aria-label={endpoint.ready ? 'ready' : 'not ready'}
                        />
                        <b>{endpoint.pod || endpoint.hostname || endpoint.addresses[0]}</b>
                        <span class="address">{endpoint.addresses.join('  ')}</span>
                        <span class="faint">{endpoint.ready ? endpoint.status : 'not ready'}</span>
                      </div>
                      {endpoint.origin !== '' && <div class="faint place">{endpoint.origin}</div>}
                    </li>
                  ))}
                  {slice.more > 0 && <li class="faint">and {whole(slice.more)} more</li>}
                </ul>
              </li>
            ))}
          </ul>
          {service.slices.length === 0 && service.kind !== 'ExternalName' && (
            <p class="empty">No endpoints.</p>
          )}
        </>
      )}
    </Shown>
  );
}
