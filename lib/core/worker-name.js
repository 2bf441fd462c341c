'use strict'

const { StringPrototypeToWellFormed, StringPrototypeTrim } = require('./primordials')
const { invalidArgType } = require('./errors')
const { nodeMajor } = require('./platform')

/** @param {unknown} name of the thread */
function readName (name) {
  if (!name) return nodeMajor >= 24 ? 'WorkerThread' : ''
  if (typeof name !== 'string') throw invalidArgType('options.name', 'of type string', name)
  // The native half keeps it as UTF-8.
  return StringPrototypeToWellFormed(StringPrototypeTrim(name))
}

module.exports = { readName }
