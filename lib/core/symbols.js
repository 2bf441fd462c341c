'use strict'

// The names of methods that realm.js calls, or has called, on objects of this package.

const { Symbol } = require('./primordials')

module.exports = {
  /** Of a subclass of NativePort: hears of what arrives; (kind, value, ports). */
  kReceive: Symbol('kReceive'),
  /** Of a subclass of Composite: says what a message carries in its place; { type, ...parts }. */
  kParts: Symbol('kParts')
}
