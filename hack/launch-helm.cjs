#!/usr/bin/env node
/** Starts `reflux-helm`: one script, compiled ahead of time where the cache was made by the same Node. */
'use strict';
const { readFileSync } = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const file = path.join(__dirname, 'reflux-helm.bundle.cjs');

/** Bytes that V8 checks itself; `undefined` when there are none. */
function cacheOf() {
  try {
    return readFileSync(path.join(__dirname, 'reflux-helm.cache'));
  } catch {
    // Nothing is lost but time.
    return undefined;
  }
}

const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`,
  { filename: file, cachedData: cacheOf() },
);

function run() {
  const made = { exports: {} };
  script.runInThisContext()(made.exports, require, made, file, __dirname);
}

module.exports = { run, script };
if (require.main === module) run();
