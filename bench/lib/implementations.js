'use strict'

const path = require('node:path')

const OURS = path.resolve(__dirname, '..', '..')
const NODES = 'node:worker_threads'

/**
 * An implementation to measure.
 *
 * @typedef {object} Implementation
 * @property {'ours' | 'node'} key which column its samples belong to
 * @property {string} specifier the argument of `require`, also in another process
 * @property {typeof import('node:worker_threads')} api the module itself
 */

/**
 * Loads both implementations into this process. Nothing is registered, so `node:worker_threads` stays Node's own.
 *
 * @param {string} [specifier] a module to measure instead of isothreads: `node:worker_threads` compares Node with itself,
 *   which shows the random deviation of ratios from 1 on this machine
 * @returns {[Implementation, Implementation]} ours, Node's
 */
function loadImplementations (specifier) {
  const ours = specifier === undefined ? OURS : locate(specifier)
  return [
    { key: 'ours', specifier: ours, api: require(ours) },
    { key: 'node', specifier: NODES, api: require(NODES) }
  ]
}

function locate (specifier) {
  return /^\.\.?(?:\/|$)/.test(specifier) ? path.resolve(specifier) : specifier
}

module.exports = { loadImplementations }
