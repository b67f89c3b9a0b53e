import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output } from './command.ts';
import { ROOT } from './server.ts';
import { requireTools } from './tools.ts';

// A process of either libc that has Node-API's and libuv's functions by name loads the library with
// all symbols resolved at once, as Node.js does.
const MAIN = `
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) printf("%s\\n", dlerror());
  else printf("%s\\n", dlsym(library, "napi_register_module_v1") ? "loaded" : "no entry");
  return argc == 2 ? 0 : 1;
}
`;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-native-'));
const FILE = join(folder, 'udp.node');

beforeAll(async () => {
  requireTools('cc', 'musl-gcc', 'nm');
  await build();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function build(): Promise<Buffer> {
  await output([process.execPath, join(ROOT, 'scripts/build-native.mjs'), '--to', FILE]);
  return readFileSync(FILE);
}

describe('the native library', () => {
  test.each(['cc', 'musl-gcc'])('is loaded by a program that %s links', async (compiler) => {
    const symbols = (await output(['nm', '-D', '--undefined-only', FILE])).match(
      /\b(napi|uv)_\w+/g,
    );
    const stubs = symbols?.map((symbol) => `void ${symbol}(void) {}`) ?? [];
    expect(stubs.length).toBeGreaterThan(10);
    const program = join(folder, compiler);
    writeFileSync(`${program}.c`, `${stubs.join('\n')}\n${MAIN}`);
    await output([compiler, '-rdynamic', `${program}.c`, '-o', program]);
    expect(await output([program, FILE])).toBe('loaded\n');
  });

  test('needs no libc by name, and the same source gives the same bytes', async () => {
    const before = readFileSync(FILE);
    expect(before.includes('libc.')).toBe(false);
    expect((await build()).equals(before)).toBe(true);
  });
});
