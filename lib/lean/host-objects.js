'use strict'

// Objects that structured clone supports although V8 does not know them. In a bare isolate only a DOMException is one; see
// node/host-objects.js for what the functions are.

const { Error, setOwn } = require('../core/primordials')
const { isNameOfOurs } = require('../core/composites')
const { kClone } = require('./clone-mark')
const { getDOMException } = require('../core/platform')

// Most workers never see one. Without the class there is none.
function isDOMException (object) {
  return kClone in object && require('./dom-exception').isDOMException(object)
}

function takeApart (object) {
  if (!isDOMException(object)) return undefined
  const { message, name, stack } = object
  return { message, name, stack }
}

function putTogether ({ message, name, stack }) {
  const exception = new (getDOMException())(message, name)
  setOwn(exception, 'stack', stack)
  return exception
}

function isNamedAsOurs (object) {
  return isNameOfOurs(object.constructor?.name)
}

/** Node packs its own objects into a message, which only its environments can open. */
function unpack () {
  throw dataCloneError()
}

function dataCloneError () {
  return require('../core/errors').dataCloneError('The message has objects of Node, which the lean runtime does not have.')
}

module.exports = {
  checkCloneable () {},
  checkTransferable () { throw new Error('Found invalid value in transferList') },
  findCloneSymbols: () => [kClone],
  isForeign: isNamedAsOurs,
  isHostObject: object => isDOMException(object) || isNamedAsOurs(object),
  pack () { throw dataCloneError() },
  putTogether,
  takeApart,
  unpack
}
