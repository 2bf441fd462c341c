'use strict'

// Writes a line of its own, so that the output shows who ran.
module.exports = function loader (source) {
  const isInPool = typeof process.send === 'function' || !require('node:worker_threads').isMainThread || process.argv[1]?.includes('thread-loader')
  return `${source}\nconsole.log('loaded in the pool: ${Boolean(isInPool)}')\n`
}
