// Loads the files of the program as `require` does, with what V8 made of them at the build: a start
// then takes two thirds of the CPU time. V8 takes that only in the version, and with the flags,
// that it was made with; what it refuses it compiles as ever. Copied to `dist`.
'use strict';
const { existsSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

/** Where what this Node.js has compiled is. */
const COMPILED = join(__dirname, 'compiled', `${process.version}-${process.arch}`);

/** `compiledOf` gives what was compiled of a file; undefined for nothing. */
function loaderWith(compiledOf) {
  const modules = new Map();
  const scripts = new Map();
  const load = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const filename = join(__dirname, file);
    // The program is in ASCII.
    const text = readFileSync(filename, 'latin1');
    const wrapped = `(function (exports, require, module, __filename, __dirname) { ${text}\n})`;
    const script = new Script(wrapped, { filename, cachedData: compiledOf(file) });
    scripts.set(file, script);
    const module = { exports: {} };
    modules.set(file, module);
    const need = (name) => (name.startsWith('./') ? load(name) : require(name));
    script.runInThisContext()(module.exports, need, module, filename, __dirname);
    return module.exports;
  };
  return { load, scripts };
}

/** Older than the file it is not of that one. */
function compiledOf(file) {
  try {
    const compiled = join(COMPILED, file);
    const isOlder = statSync(compiled).mtimeMs < statSync(join(__dirname, file)).mtimeMs;
    return isOlder ? undefined : readFileSync(compiled);
  } catch {
    return undefined; // of a part that few need, nothing was compiled
  }
}

const load = existsSync(COMPILED) ? loaderWith(compiledOf).load : require;

module.exports = { COMPILED, load, loaderWith };
