// Makes dist/page.html of page/: one file with its script and style, both minified, so that nothing
// else is requested.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = (file) => readFileSync(join(root, 'page', file), 'utf8');

/** The files of page/style in their order: what stands later has the last word. */
const STYLES = ['base', 'frame', 'names', 'explain', 'live', 'media'];

/** Writes the page, and returns the modules that it is made of. */
export async function bundlePage() {
  const bundle = await rolldown({
    cwd: root,
    input: 'page/main.tsx',
    platform: 'browser',
    // Said here, as where the image is built there is no tsconfig.json.
    tsconfig: false,
    transform: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    checks: { bundlerTimings: false },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  const [{ code, moduleIds }] = output;
  const style = STYLES.map((name) => source(`style/${name}.css`))
    .join('\n')
    .replace(/\s*\n\s*/g, '')
    .replace(/\s*([{}:;,>])\s+/g, '$1');
  // A function, as `$` would mean something in a text.
  const html = source('page.html')
    .replace('/*style*/', () => style)
    .replace('/*script*/', () => code.trim().replaceAll('</script', '<\\/script'));
  writeFileSync(join(root, 'dist', 'page.html'), html);
  return moduleIds;
}
