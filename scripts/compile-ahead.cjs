// Has V8 compile what a start loads, and keeps that in `dist` for Node.js of this version: what
// loading it compiles, functions that it calls among it.
'use strict';
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { COMPILED, loaderWith } = require('../dist/load.cjs');

const { load, scripts } = loaderWith(() => undefined);
for (const file of process.argv.slice(2)) load(file);
mkdirSync(COMPILED, { recursive: true });
for (const [file, script] of scripts) {
  writeFileSync(join(COMPILED, file), script.createCachedData());
}
