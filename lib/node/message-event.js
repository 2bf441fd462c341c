'use strict'

// Node 20's MessageEvent refuses ports of this package. Later versions have another class, which takes them.

const {
  ArrayPrototypeFilter, ArrayPrototypeSome, FunctionPrototypeHasInstance, ObjectDefineProperty, SafeWeakMap, SymbolHasInstance
} = require('../core/primordials')
const { nodeMajor } = require('../core/platform')

const extended = new SafeWeakMap()

/**
 * @param {Function} MessageEvent Node's class
 * @returns {Function} a class with the same instances, which takes ports of this package too
 */
function takingPorts (MessageEvent) {
  if (nodeMajor >= 22) return MessageEvent
  if (!extended.has(MessageEvent)) extended.set(MessageEvent, extend(MessageEvent))
  return extended.get(MessageEvent)
}

function extend (Base) {
  class MessageEvent extends Base {
    constructor (type, init) {
      const { isPort } = require('../core/realm')
      const { source, ports } = init ?? { __proto__: null }
      // eslint-disable-next-line no-restricted-syntax -- the program's iterable
      const all = ports === undefined || ports === null ? [] : [...ports]
      const hasSource = isPort(source)
      const hasPorts = ArrayPrototypeSome(all, isPort)
      if (init === undefined || init === null) {
        super(type, init)
      } else {
        super(type, {
          ...init,
          source: hasSource ? null : source,
          ports: ports === undefined || ports === null ? ports : ArrayPrototypeFilter(all, port => !isPort(port))
        })
      }
      if (hasSource) define(this, 'source', source)
      if (hasPorts) define(this, 'ports', all)
    }

    static [SymbolHasInstance] (value) {
      return FunctionPrototypeHasInstance(this === MessageEvent ? Base : this, value)
    }
  }
  return MessageEvent
}

function define (event, name, value) {
  ObjectDefineProperty(event, name, { __proto__: null, value, configurable: true, enumerable: true })
}

module.exports = { takingPorts }
