'use strict'

// Classes whose objects cross in a message as their parts, under the names that the message carries. A class is loaded when its
// first object arrives.

const { ObjectKeys } = require('./primordials')
const { refuseToClone } = require('./platform')

const classes = { __proto__: null }

/** Whether this realm has had such an object. */
const composites = { __proto__: null, areUsed: false }

/** Every object of these classes, when it is constructed. */
function registerComposite (object) {
  composites.areUsed = true
  if (refuseToClone !== undefined) refuseToClone(object)
}

/** @param {Record<string, () => { fromParts: (parts: object) => object }>} loaders by class name */
function addComposites (loaders) {
  const names = ObjectKeys(loaders)
  for (let index = 0; index < names.length; index++) classes[names[index]] = loaders[names[index]]
}

/** @param {string | undefined} name the name of an object's class; the class may still belong to another copy of this package */
function isNameOfOurs (name) {
  return name === 'MessagePort' || classes[name] !== undefined
}

/** @param {object} parts the result of the method kParts */
function putTogether (parts) {
  return classes[parts.type]().fromParts(parts)
}

module.exports = { addComposites, composites, isNameOfOurs, putTogether, registerComposite }
