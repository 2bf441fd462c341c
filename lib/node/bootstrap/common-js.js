'use strict'

// A CommonJS file, without Node's loader of ES modules: that takes longer to begin than the rest of a worker.

const { JSONParse, RegExpPrototypeExec, StringPrototypeEndsWith, StringPrototypeStartsWith } = require('../../core/primordials')
const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { types } = require('node:util')
const { fileURLToPath } = require('node:url')

/**
 * @param {object} internals what preload.js took from Node
 * @param {string} url
 * @returns {object | undefined} as import() of it would give; undefined when it is for import()
 */
function loadCommonJS (internals, url) {
  if (!StringPrototypeStartsWith(url, 'file:') || RegExpPrototypeExec(/[?#]/, url) !== null || hasLoaders(internals)) return undefined
  const filename = fileURLToPath(url)
  if (!isCommonJS(filename)) return undefined
  let exported
  try {
    exported = createRequire(filename)(filename)
  } catch (error) {
    // By its syntax it is an ES module, which nothing else said.
    if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') return undefined
    throw error
  }
  return types.isModuleNamespaceObject(exported) ? exported : { default: exported }
}

// As Node decides for the entry of a process: https://nodejs.org/api/packages.html#determining-module-system
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
      // Node says what is wrong with one that cannot be read.
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return 'module'
    }
    parent = path.dirname(folder)
    if (parent === folder || path.basename(folder) === 'node_modules') return undefined
  }
}

module.exports = { loadCommonJS }
