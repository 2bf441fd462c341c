'use strict'

// `locks`: Node's own where it has them, which all threads of the process share, Node's as well.

const { workerThreads } = require('./internals')

const ofNode = workerThreads().locks

/**
 * Node forgets the requests of a thread that ends, but does not look whether others can be granted then. It does so for every new
 * request.
 */
function grantAfterEnd () {
  ofNode?.request('isothreads', { __proto__: null, ifAvailable: true }, () => {})
}

module.exports = { locks: ofNode ?? require('../core/web-locks').locks, grantAfterEnd }
