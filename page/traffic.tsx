import type { Status } from '../src/app/page/status.ts';
import type { Stats } from '../src/app/stats.ts';
import { Badge, Panel, percent, rate, Shown, Table, whole } from './parts.tsx';
import { usePolled } from './server.ts';

/** Who asks what, and what upstreams and caches do. */
export function Traffic({ status }: { status: Status }) {
  const answer = usePolled<Stats>('/api/stats?rows=50', 2000);
  return (
    <>
      <Shown answer={answer}>
        {(stats) => (
          <>
            <Totals stats={stats} />
            <div class="columns">
              <Clients stats={stats} />
              <Missing stats={stats} />
            </div>
          </>
        )}
      </Shown>
      <div class="columns">
        <Upstreams status={status} />
        <Caches status={status} />
      </div>
    </>
  );
}

function Totals({ stats: { all, searchList } }: { stats: Stats }) {
  const share = (part: number) => percent(all.queries === 0 ? 0 : part / all.queries);
  return (
    <Panel title="Now">
      <dl class="figures">
        <div>
          <dt>queries a second</dt>
          <dd>{rate(all.perSecond)}</dd>
        </div>
        <div>
          <dt>NXDOMAIN</dt>
          <dd>{share(all.nxdomain)}</dd>
        </div>
        <div>
          <dt>search list in vain</dt>
          <dd>{share(all.searchList)}</dd>
        </div>
        <div>
          <dt>SERVFAIL</dt>
          <dd>{share(all.servfail)}</dd>
        </div>
      </dl>
      {searchList !== null && searchList.ndots !== null && (
        <p class="waste">
          {`ndots: ${searchList.ndots} in the Pods that ask ends ${percent(searchList.ended)} of all queries: `}
          <code>kubectl patch deployment NAME --patch '{JSON.stringify(searchList.patch)}'</code>
        </p>
      )}
    </Panel>
  );
}

function Clients({ stats }: { stats: Stats }) {
  return (
    <Panel title="Who asks most">
      {stats.clients.length === 0 ? (
        <p class="empty">No queries yet.</p>
      ) : (
        <Table
          label="Who asks most"
          heads={['Client', '#queries/s', '#NXDOMAIN', '#search list', '#queries']}
        >
          {stats.clients.map((client) => (
            <tr key={client.address}>
              <td class="address">
                {client.address}
                <div class="faint">{client.object ?? client.name}</div>
              </td>
              <td class="number">{rate(client.perSecond)}</td>
              <td class="number">{percent(client.nxdomain / client.queries)}</td>
              <td class="number">{percent(client.searchList / client.queries)}</td>
              <td class="number">{whole(client.queries)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Missing({ stats }: { stats: Stats }) {
  return (
    <Panel title="Names that do not exist">
      {stats.missing.length === 0 ? (
        <p class="empty">None was asked for.</p>
      ) : (
        <Table label="Names that do not exist" heads={['Name', '#queries/s', '#queries']}>
          {stats.missing.map(({ name, perSecond, queries, client, searchedFor }) => (
            <tr key={name}>
              <td class="address">
                <a
                  href={`#explain?${new URLSearchParams({ name: searchedFor ?? name, from: client })}`}
                >
                  {name}
                </a>
                <div class="faint">
                  {searchedFor === null ? '' : `searched for ${searchedFor} `}by {client}
                </div>
              </td>
              <td class="number">{rate(perSecond)}</td>
              <td class="number">{whole(queries)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Upstreams({ status: { upstreams } }: { status: Status }) {
  return (
    <Panel title="Upstreams">
      {upstreams.length === 0 ? (
        <p class="empty">Nothing is forwarded.</p>
      ) : (
        <Table label="Upstreams" heads={['Server', 'State', '#queries', '#SERVFAIL', '#mean ms']}>
          {upstreams.map(({ to, isUp, queries, servfail, ms }) => (
            <tr key={to}>
              <td class="address short">{to}</td>
              <td>
                <Badge tone={isUp ? 'good' : 'bad'}>{isUp ? 'up' : 'down'}</Badge>
              </td>
              <td class="number">{whole(queries)}</td>
              <td class="number">{whole(servfail)}</td>
              <td class="number">{ms === null ? '–' : ms.toFixed(1)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Caches({ status: { caches } }: { status: Status }) {
  return (
    <Panel title="Cache">
      {caches.length === 0 ? (
        <p class="empty">Nothing is cached.</p>
      ) : (
        <Table label="Cache" heads={['Zones', '#entries', '#hits', '#misses', '#hit rate']}>
          {caches.map(({ server, zones, entries, hits, misses }) => (
            <tr key={`${server} ${zones}`}>
              <td class="address">{zones}</td>
              <td class="number">{whole(entries)}</td>
              <td class="number">{whole(hits)}</td>
              <td class="number">{whole(misses)}</td>
              <td class="number">{percent(hits + misses === 0 ? 0 : hits / (hits + misses))}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
