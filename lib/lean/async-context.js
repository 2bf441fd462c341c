'use strict'

// The context of AsyncLocalStorage. V8 carries it through promises; what is called later takes it along here. It costs nothing before
// the program has loaded async_hooks.

const { ReflectApply } = require('../core/primordials')

const context = {
  __proto__: null,
  /** @type {undefined | ((callback: Function) => Function)} calls the function in the context of now */
  bind: undefined,
  start
}

function start (get, set) {
  context.bind = callback => {
    const frame = get()
    return function (...args) {
      const prior = get()
      set(frame)
      try {
        return ReflectApply(callback, this, args)
      } finally {
        set(prior)
      }
    }
  }
}

module.exports = { context }
