'use strict'

// Reads a transfer list and decides which objects it may contain. The native half does not check the list again. Nothing is
// detached before the message has been serialised.
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer

const {
  ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeSlice, ArrayIsArray, ArrayPrototypeIncludes,
  ReflectApply, SafeWeakSet, StringPrototypeStartsWith, SymbolIterator, TypeError, append, newList, setOwn
} = require('./primordials')
const platform = require('./platform')
const { isPort, keyOf } = require('./realm')
const { nativeError, dataCloneError, invalidTransferable, missingTransferable, unsupportedTransfer } = require('./errors')

const { nodeMajor, types } = platform
const untransferable = new SafeWeakSet()

/**
 * Excludes an object from transfer. In a transfer list it makes postMessage throw (Node 22 and later) or is copied (Node 20). Does
 * nothing for values other than objects.
 * @param {object} object
 */
function markAsUntransferable (object) {
  if (!isObject(object)) return
  untransferable.add(object)
  platform.markAsUntransferable(object)
}

/** @param {object} object */
function isMarkedAsUntransferable (object) {
  if (!isObject(object)) return false
  return untransferable.has(object) || platform.isMarkedAsUntransferable(object)
}

function isDetached (buffer) {
  if (ArrayBufferPrototypeGetDetached !== undefined) return ArrayBufferPrototypeGetDetached(buffer)
  if (ArrayBufferPrototypeGetByteLength(buffer) > 0) return false
  try {
    ArrayBufferPrototypeSlice(buffer, 0, 0)
    return false
  } catch {
    return true
  }
}

/**
 * @param {unknown} transfer an array, an iterable, or { transfer }
 * @param {object} [source] the port that posts
 * @returns {{ arrayBuffers: ArrayBuffer[] | undefined, ports: object[] | undefined }} among the ports are also the objects that
 *   the host transfers, such as streams
 * @throws {TypeError} when it is not a list
 * @throws {DOMException} DataCloneError when an entry cannot be transferred
 */
function readTransferList (transfer, source) {
  const list = toArray(transfer)
  let arrayBuffers
  let ports
  for (let index = 0; index < list.length; index++) {
    const entry = list[index]
    if (types.isArrayBuffer(entry)) {
      // Node 20 transfers a detached buffer, which arrives empty.
      if (isMarkedAsUntransferable(entry) || (nodeMajor >= 22 && isDetached(entry))) {
        if (nodeMajor < 22) continue
        throw dataCloneError(unsupportedTransfer)
      }
      if (isIn(arrayBuffers, entry)) throw dataCloneError('Transfer list contains duplicate ArrayBuffer')
      arrayBuffers = added(arrayBuffers, entry)
    } else if (types.isSharedArrayBuffer(entry)) {
      // Shared wherever the message mentions it: JavaScript cannot detach a SharedArrayBuffer.
      if (nodeMajor >= 22 && isMarkedAsUntransferable(entry)) throw dataCloneError(unsupportedTransfer)
    } else if (isPort(entry)) {
      if (isMarkedAsUntransferable(entry)) throw nodeMajor < 22 ? missingTransferable() : dataCloneError(unsupportedTransfer)
      if (isIn(ports, entry)) throw dataCloneError('Transfer list contains duplicate MessagePort')
      if (entry === source) throw dataCloneError('Transfer list contains source port')
      if (keyOf(entry) < 0) throw dataCloneError('MessagePort in transfer list is already detached')
      ports = added(ports, entry)
    } else {
      checkHostObject(entry)
      ports = added(ports, entry)
    }
  }
  return { arrayBuffers, ports }
}

function checkHostObject (entry) {
  if (!isObject(entry)) throw invalidTransferable(entry)
  try {
    platform.hostObjects().checkTransferable(entry)
  } catch (error) {
    throw StringPrototypeStartsWith(error.message, 'Found invalid') ? invalidTransferable(entry) : error
  }
}

function isIn (list, entry) {
  return list !== undefined && ArrayPrototypeIncludes(list, entry)
}

// Most lists have one entry, and a list from newList() takes longer to create.
function added (list, entry) {
  if (list === undefined) return [entry]
  setOwn(list, list.length, entry)
  return list
}

function toArray (transfer) {
  if (ArrayIsArray(transfer)) return transfer
  if (transfer == null) return []
  if (!isObject(transfer)) {
    throw nativeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'Optional transferList argument must be an iterable')
  }
  const iterated = iterate(transfer)
  if (iterated !== undefined) return iterated
  const option = transfer.transfer
  if (option === undefined) return []
  const list = isObject(option) ? iterate(option) : undefined
  if (list === undefined) {
    throw nativeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'Optional options.transfer argument must be an iterable')
  }
  return list
}

/** undefined for an object that is not iterable. Reads what Node reads. */
function iterate (object) {
  if (ArrayIsArray(object)) return object
  const method = object[SymbolIterator]
  if (typeof method !== 'function') return undefined
  const iterator = ReflectApply(method, object, [])
  if (!isObject(iterator)) return undefined
  const { next } = iterator
  if (typeof next !== 'function') return undefined
  const list = newList()
  for (;;) {
    const result = ReflectApply(next, iterator, [])
    if (!isObject(result)) return undefined
    const { done } = result
    if (done) return list
    append(list, result.value)
  }
}

function isObject (value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

module.exports = { isObject, readTransferList, markAsUntransferable, isMarkedAsUntransferable }
