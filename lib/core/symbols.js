'use strict'

// The names of methods that realm.js calls, directly or indirectly, on objects of this package.

const { Symbol } = require('./primordials')

module.exports = {
  /** A method of NativePort's subclasses that receives messages: (kind, value, ports). */
  kReceive: Symbol('kReceive'),
  /** A method of Composite's subclasses that returns the parts a message carries: { type, ...parts }. */
  kParts: Symbol('kParts')
}
