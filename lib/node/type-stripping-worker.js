'use strict'

// Strips types for the lean workers whose ports it is given. See ./type-stripping.js.

const { AtomicsNotify, AtomicsStore } = require('../core/primordials')
const { stripTypeScriptTypes } = require('node:module')
const { parentPort } = require('node:worker_threads')

parentPort.on('message', port => {
  port.on('message', ({ text, state }) => {
    port.postMessage(stripped(text))
    // The worker is asleep.
    AtomicsStore(state, 0, 1)
    AtomicsNotify(state, 0)
  })
})

function stripped (text) {
  try {
    return { code: stripTypeScriptTypes(text, { __proto__: null, mode: 'strip' }) }
  } catch ({ name, code, message }) {
    return { error: { name, code, message } }
  }
}
