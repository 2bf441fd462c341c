'use strict'

// Runs a CommonJS file without Node's loader of ES modules, which takes longer to start than the rest of a worker.

const { JSONParse, RegExpPrototypeExec, StringPrototypeEndsWith, StringPrototypeStartsWith } = require('../../core/primordials')
const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { types } = require('node:util')
const { fileURLToPath } = require('node:url')

/**
 * @param {object} internals Node's internals, as collected by preload.js
 * @param {string} url
 * @returns {object | undefined} the namespace that import() would give; undefined when the file needs import()
 */
function loadCommonJS (internals, url) {
  if (!StringPrototypeStartsWith(url, 'file:') || RegExpPrototypeExec(/[?#]/, url) !== null || hasLoaders(internals)) return undefined
  const filename = fileURLToPath(url)
  if (!isCommonJS(filename)) return undefined
  let exported
  try {
    exported = createRequire(filename)(filename)
  } catch (error) {
    // Its syntax shows that it is an ES module; its name and its package did not.
    if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') return undefined
    throw error
  }
  return types.isModuleNamespaceObject(exported) ? exported : { default: exported }
}

// The same decision that Node makes for the entry of a process: https://nodejs.org/api/packages.html#determining-module-system
function hasLoaders ({ getOptionValue }) {
  return getOptionValue('--import').length > 0 || getOptionValue('--experimental-loader').length > 0
}

function isCommonJS (filename) {
  if (StringPrototypeEndsWith(filename, '.cjs')) return true
  return StringPrototypeEndsWith(filename, '.js') && packageType(path.dirname(filename)) !== 'module'
}

function packageType (folder) {
  for (let parent; ; folder = parent) {
    try {
      return JSONParse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type
    } catch (error) {
      // Node reports why an unreadable package.json is wrong.
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return 'module'
    }
    parent = path.dirname(folder)
    if (parent === folder || path.basename(folder) === 'node_modules') return undefined
  }
}

module.exports = { loadCommonJS }
