'use strict';
// For `require('svcdns')`: the library itself is an ES module, which Node.js can load with `require`.
// Jest runs tests in a context of their own, in which neither `require` nor `process` is that of
// Node.js, and neither loads an ES module. So the real one is fetched from the main context.
const { runInThisContext } = require('node:vm');
const { createRequire } = runInThisContext('process').getBuiltinModule('node:module');
module.exports = { ...createRequire(__filename)('../dist/index.js') };
