import type { Followed } from './follow.ts';
import { Badge, Panel, Table, timeOf, toneOf, whole } from './parts.tsx';

/** What happens: changes of manifests, and some of the queries when they are wanted. */
export function Live({
  followed,
  showsQueries,
  showQueries,
}: {
  followed: Followed;
  showsQueries: boolean;
  showQueries: (wanted: boolean) => void;
}) {
  const { changes, queries, isOpen } = followed;
  return (
    <div class="columns">
      <Panel
        title="Changes"
        aside={<Badge tone={isOpen ? 'good' : 'warn'}>{isOpen ? 'following' : 'connecting'}</Badge>}
      >
        {changes.length === 0 ? (
          <p class="empty">Nothing has changed. Edit a manifest, and it is here at once.</p>
        ) : (
          <ol class="changes" aria-live="polite">
            {changes.map(({ id, at, lines, records, left }) => (
              <li key={id}>
                <time datetime={at}>{timeOf(new Date(at))}</time>
                <div>
                  {lines.map((line) => (
                    <p key={line}>{line}</p>
                  ))}
                  {records.map(({ sign, record, places }) => (
                    <p key={`${sign}${record}`} class={`address ${sign === '+' ? 'come' : 'gone'}`}>
                      {sign} {record} <span class="faint">{places.join(', ')}</span>
                    </p>
                  ))}
                  {left.records + left.names > 0 && (
                    <p class="faint">
                      and {whole(left.records)} more records, and those of {whole(left.names)} names
                    </p>
                  )}
                </div>
              </li>
            ))}
          </ol>
        )}
      </Panel>
      <Panel
        title="Queries"
        aside={
          <label class="switch">
            <input
              type="checkbox"
              checked={showsQueries}
              onChange={({ currentTarget }) => showQueries(currentTarget.checked)}
            />
            show up to 10 a second
          </label>
        }
      >
        {queries.length === 0 ? (
          <p class="empty">{showsQueries ? 'Waiting for a query.' : 'Off.'}</p>
        ) : (
          <Table label="Queries" heads={['Time', 'Client', 'Name', 'Type', 'Reply', '#ms']}>
            {queries.map(({ id, at, client, name, type, rcode, ms }) => (
              <tr key={id}>
                <td>{timeOf(at)}</td>
                <td class="address short">{client}</td>
                <td class="address">{name}</td>
                <td>{type}</td>
                <td>
                  <Badge tone={toneOf(rcode)}>{rcode}</Badge>
                </td>
                <td class="number">{ms.toFixed(2)}</td>
              </tr>
            ))}
          </Table>
        )}
      </Panel>
    </div>
  );
}
