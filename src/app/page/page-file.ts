import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdminAnswer } from '../../admin/http-server.ts';
import { PACKAGE_ROOT } from '../../support/process.ts';

/** What `npm run build` makes of `page/`: one file with its script and style. */
const FILE = join(PACKAGE_ROOT, 'dist', 'page.html');

/** The page as it is sent. */
export async function pageFile(file = FILE): Promise<AdminAnswer> {
  const html = await readFile(file, 'utf8').catch(() => undefined);
  if (html === undefined) return NOT_BUILT;
  return {
    status: 200,
    body: html,
    type: 'text/html; charset=utf-8',
    headers: {
      'Content-Security-Policy': contentSecurityPolicy(html),
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
    },
  };
}

/**
 * Nothing but the page's own script and style, known by their hashes, and requests to where it came
 * from: whatever a name or a manifest has in it, nothing of it is run.
 */
function contentSecurityPolicy(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf('script', html)}`,
    `style-src ${hashOf('style', html)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hashOf(element: string, html: string): string {
  const begin = `<${element}>`;
  const text = html.slice(html.indexOf(begin) + begin.length, html.indexOf(`</${element}>`));
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const NOT_BUILT: AdminAnswer = { status: 404, body: 'The page is not built: npm run build\n' };
