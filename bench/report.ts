import type { Results, Row, StartRow } from './results.ts';
import type { Spread } from './statistics.ts';

/** The tables of a run, in Markdown. */
export function markdown(results: Results): string {
  const loads = results.loads.map((load) => `### ${load}\n\n${loadTable(results.rows(load))}`);
  const starts = results.sizes.map(
    (services) =>
      `### Start with ${services} Services\n\n${startTable(results.startRows(services))}`,
  );
  return [...loads, ...starts].join('\n');
}

/** The first row is what the others are compared with. */
function loadTable(rows: readonly Row[]): string {
  const [own] = rows;
  const head = `| server | queries/s | lost | CPU a query, µs | user + system | half load: p50, p99, p99.9, ms | ${own?.server} needs |`;
  const body = rows.map((row) =>
    cells([
      row.server,
      Math.round(row.queriesPerSecond),
      row.lost,
      spread(row.cpu, 1),
      `${row.user.toFixed(1)} + ${row.system.toFixed(1)}`,
      [row.p50, row.p99, row.p999].map((ms) => ms?.toFixed(2) ?? '–').join(', '),
      `${(own!.cpu.median / row.cpu.median).toFixed(2)} ×`,
    ]),
  );
  return table(head, body);
}

function startTable(rows: readonly StartRow[]): string {
  const head = '| server | first right answer, s | CPU, s | memory, MB | after the loads, MB |';
  const body = rows.map(({ server, seconds, cpu, memory, memoryAfter }) =>
    cells([server, spread(seconds, 2), cpu.toFixed(2), memory.toFixed(0), memoryAfter.toFixed(0)]),
  );
  return table(head, body);
}

function table(head: string, body: readonly string[]): string {
  const line = head.replace(/[^|]+/g, '---');
  return [head, line, ...body, ''].join('\n');
}

function cells(values: readonly (string | number)[]): string {
  return `| ${values.join(' | ')} |`;
}

function spread({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}
