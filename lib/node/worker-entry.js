'use strict'

// What a Worker runs: the first argument of its constructor.

const { Boolean, RegExpPrototypeExec, String, StringPrototypeStartsWith, TypeError } = require('../core/primordials')
const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { invalidArgType, invalidArgValue, nodeError } = require('../core/errors')

const relativePath = /^\.\.?[\\/]/

/**
 * @param {string | URL} filename
 * @param {object} options of Worker
 * @returns {{ type: 'eval', source: string } | { type: 'url', url: string } | { type: 'file', path: string }}
 */
function readEntry (filename, options) {
  if (options.eval) {
    if (typeof filename !== 'string') {
      throw invalidArgValue('options.eval', options.eval, "must be false when 'filename' is not a string")
    }
    return { type: 'eval', source: filename }
  }
  if (isURL(filename)) {
    if (filename.protocol === 'data:') return { type: 'url', url: String(filename) }
    return { type: 'file', path: fileURLToPath(filename) }
  }
  if (typeof filename !== 'string') {
    throw invalidArgType('filename', 'of type string or an instance of URL', filename)
  }
  if (path.isAbsolute(filename) || RegExpPrototypeExec(relativePath, filename) !== null) {
    return { type: 'file', path: path.resolve(filename) }
  }
  throw nodeError(TypeError, 'ERR_WORKER_PATH',
    'The worker script or module filename must be an absolute path or a relative path starting with \'./\' or \'../\'.' +
    (StringPrototypeStartsWith(filename, 'file://') ? ' Wrap file:// URLs with `new URL`.' : '') +
    (StringPrototypeStartsWith(filename, 'data:text/javascript') ? ' Wrap data: URLs with `new URL`.' : '') +
    ` Received "${filename}"`)
}

function isURL (value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined)
}

module.exports = { isURL, readEntry }
