'use strict'

/**
 * Defines properties that are computed on the first read and are ordinary data properties afterwards.
 * @param {object} target
 * @param {Record<string, () => unknown>} getters by property name
 */
const { ObjectDefineProperty, ObjectIsExtensible, ObjectKeys, setOwn } = require('./primordials')
function defineLazily (target, getters) {
  const names = ObjectKeys(getters)
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    let value
    let isRead = false
    const define = value => setOwn(target, name, value)
    ObjectDefineProperty(target, name, {
      __proto__: null,
      get () {
        if (isRead) return value
        value = getters[name]()
        isRead = true
        // The target may have been frozen since.
        if (ObjectIsExtensible(target)) define(value)
        return value
      },
      set: define,
      configurable: true,
      enumerable: true
    })
  }
}

module.exports = { defineLazily }
