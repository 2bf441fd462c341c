'use strict'

/**
 * Properties that are computed when they are first read and are ordinary data properties from then on.
 * @param {object} target
 * @param {Record<string, () => unknown>} getters by property name
 */
function defineLazily (target, getters) {
  for (const [name, get] of Object.entries(getters)) {
    const define = value => Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
    Object.defineProperty(target, name, {
      get () {
        const value = get()
        define(value)
        return value
      },
      set: define,
      configurable: true,
      enumerable: true
    })
  }
}

module.exports = { defineLazily }
