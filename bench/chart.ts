import type { Row } from './results.ts';

const WIDTH = 640;
const ROW = 30;
const TOP = 46;
const LABELS = 130;
const BARS = 400;

/**
 * Bars of the CPU time for one query, user and system apart. Its colours follow the reader's
 * scheme, light or dark.
 */
export function chart(title: string, rows: readonly Row[]): string {
  const height = TOP + rows.length * ROW + 34;
  const most = Math.max(...rows.map(({ user, system }) => user + system));
  const length = (us: number) => round((us / most) * BARS);
  const bars = rows.map(({ server, user, system, cpu }, at) => {
    const y = TOP + at * ROW;
    const own = server.startsWith('svcdns') ? ' class="own"' : '';
    return `<g${own}><text x="${LABELS - 10}" y="${y + 15}" text-anchor="end">${escaped(server)}</text>
<rect class="user" x="${LABELS}" y="${y}" width="${length(user)}" height="20"/>
<rect class="system" x="${round(LABELS + length(user))}" y="${y}" width="${length(system)}" height="20"/>
<text x="${round(LABELS + length(user + system) + 8)}" y="${y + 15}">${cpu.median.toFixed(1)} µs</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title, .own text { font-weight: 600 }
.user { fill: #818b98 } .system { fill: #c8d1da }
.own .user, .key .user { fill: #0969da } .own .system, .key .system { fill: #80ccff }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.user { fill: #9198a1 } .system { fill: #565d66 }
.own .user, .key .user { fill: #58a6ff } .own .system, .key .system { fill: #1f5fae }
}
</style>
<text class="title" x="${LABELS}" y="24">${escaped(title)}</text>
${bars.join('\n')}
<g class="key"><rect class="user" x="${LABELS}" y="${height - 24}" width="12" height="12"/><text x="${LABELS + 18}" y="${height - 13}">user</text>
<rect class="system" x="${LABELS + 70}" y="${height - 24}" width="12" height="12"/><text x="${LABELS + 88}" y="${height - 13}">system</text></g>
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
