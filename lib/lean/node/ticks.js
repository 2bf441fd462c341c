'use strict'

// process.nextTick() of Node's library files. What it defers runs before the microtasks that are queued after it.

const { ReflectApply } = require('../../core/primordials')
const { context } = require('../async-context')
const { enqueueMicrotask } = require('../host')

function nextTick (callback, ...args) {
  const { bind } = context
  const bound = bind === undefined ? callback : bind(callback)
  enqueueMicrotask(() => { ReflectApply(bound, undefined, args) })
}

module.exports = { nextTick }
