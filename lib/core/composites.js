'use strict'

// Classes whose objects a message carries as their parts, by the names that stand in the message. A class is loaded when the first
// of its objects arrives.

const { ObjectKeys } = require('./primordials')

const classes = { __proto__: null }

/** @param {Record<string, () => { fromParts: (parts: object) => object }>} loaders by the names of the classes */
function addComposites (loaders) {
  const names = ObjectKeys(loaders)
  for (let index = 0; index < names.length; index++) classes[names[index]] = loaders[names[index]]
}

/** @param {string | undefined} name of an object's class, which may be of another copy of this package all the same */
function isNameOfOurs (name) {
  return name === 'MessagePort' || classes[name] !== undefined
}

/** @param {object} parts what the method kParts returned */
function putTogether (parts) {
  return classes[parts.type]().fromParts(parts)
}

module.exports = { addComposites, isNameOfOurs, putTogether }
