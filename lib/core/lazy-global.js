'use strict'

// Globals that are created on the first read, as Node's own are.

const { ObjectDefineProperty, ReflectDefineProperty } = require('./primordials')
const { nodeMajor } = require('./platform')
const { defineLazily } = require('./realm')

/**
 * Defines a property of the main context's global object. To programs it looks like Node's of the same name.
 * @param {string} name
 * @param {() => unknown} get called on the first read
 * @param {boolean} [isEnumerable]
 */
function defineGlobal (name, get, isEnumerable = false) {
  // Deleted first, because V8 would read a property of Node's to redefine it.
  delete globalThis[name]
  // In Node 20 classes are accessors before the first read.
  if (nodeMajor < 22 && !isEnumerable) defineAccessor(name, get)
  else defineLazily(globalThis, name, get, isEnumerable)
}

function defineAccessor (name, get) {
  // Returns false when the global object has been frozen since.
  const define = value => ReflectDefineProperty(globalThis, name, {
    __proto__: null, value, writable: true, configurable: true, enumerable: false
  })
  // Like Node's, these have a prototype.
  const read = function () {
    const value = get()
    define(value)
    return value
  }
  const write = function (value) { define(value) }
  ObjectDefineProperty(read, 'name', { __proto__: null, value: `get ${name}` })
  ObjectDefineProperty(write, 'name', { __proto__: null, value: `set ${name}` })
  ObjectDefineProperty(globalThis, name, { __proto__: null, get: read, set: write, configurable: true, enumerable: false })
}

module.exports = { defineGlobal }
