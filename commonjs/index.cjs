'use strict';
// For `require('svcdns')`. Jest runs tests in a context of their own, in which neither `require` nor
// `process` is that of Node.js, and errors and buffers are of other classes. So the library is
// loaded in the main context.
const { runInThisContext } = require('node:vm');
const { createRequire } = runInThisContext('process').getBuiltinModule('node:module');
module.exports = { ...createRequire(__filename)('../dist/index.cjs') };
