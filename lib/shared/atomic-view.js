'use strict'

// Numbers in memory that threads share, with operations that are safe while other threads use them.

const {
  ArrayPrototypeJoin, AtomicsAdd, AtomicsAnd, AtomicsCompareExchange, AtomicsExchange, AtomicsIsLockFree, AtomicsLoad, AtomicsNotify,
  AtomicsOr, AtomicsStore, AtomicsSub, AtomicsWait, AtomicsWaitAsync, AtomicsXor, MathMax, MathMin, ObjectPrototypeToString, TypeError,
  append, newList
} = require('../core/primordials')
const { registerComposite } = require('../core/composites')
const { types } = require('../core/platform')
const { Composite } = require('../core/realm')
const { kParts } = require('../core/symbols')
const { invalidArgType, invalidArgValue } = require('../core/errors')
const floats = require('./float-operations')
const operations = require('./view-operations')
const { byName, toElement, typeOf } = require('./view-types')

/**
 * A typed array over shared memory with the operations of `Atomics`, also for floats, and with operations over all of its
 * elements. A clone shares the memory.
 */
class AtomicView extends Composite {
  #array
  #type
  // For element types that Atomics does not support.
  #floats = null

  /**
   * @param {TypedArray | SharedArrayBuffer} source
   * @param {{ type?: string, byteOffset?: number, length?: number }} [options] for a view over a buffer
   */
  constructor (source, options = {}) {
    super()
    registerComposite(this)
    this.#array = types.isTypedArray(source) ? source : arrayOver(source, options)
    this.#type = typeOf(this.#array)
    // Atomics uses the same words for these two errors.
    if (this.#type === undefined) throw new TypeError(`${tagOf(source)} is not an integer or float typed array.`)
    if (!types.isSharedArrayBuffer(this.#array.buffer)) throw new TypeError(`${tagOf(source)} is not a shared typed array.`)
    if (this.#type.isFloat) this.#floats = floats.floatsOf(this.#array)
  }

  static isLockFree (size) {
    return AtomicsIsLockFree(size)
  }

  static fromParts ({ array }) {
    return new AtomicView(array)
  }

  [kParts] () {
    return { type: 'AtomicView', array: this.#array }
  }

  get array () {
    return this.#array
  }

  get type () {
    return this.#type.name
  }

  get length () {
    return this.#array.length
  }

  get buffer () {
    return this.#array.buffer
  }

  get byteOffset () {
    return this.#array.byteOffset
  }

  get byteLength () {
    return this.#array.byteLength
  }

  load (index) {
    return this.#floats === null ? AtomicsLoad(this.#array, index) : floats.load(this.#floats, index)
  }

  store (index, value) {
    return this.#floats === null ? AtomicsStore(this.#array, index, value) : floats.store(this.#floats, index, value)
  }

  add (index, value) {
    return this.#floats === null ? AtomicsAdd(this.#array, index, value) : floats.add(this.#floats, index, value)
  }

  sub (index, value) {
    return this.#floats === null ? AtomicsSub(this.#array, index, value) : floats.sub(this.#floats, index, value)
  }

  and (index, value) {
    return AtomicsAnd(this.#array, index, value)
  }

  or (index, value) {
    return AtomicsOr(this.#array, index, value)
  }

  xor (index, value) {
    return AtomicsXor(this.#array, index, value)
  }

  exchange (index, value) {
    return this.#floats === null ? AtomicsExchange(this.#array, index, value) : floats.exchange(this.#floats, index, value)
  }

  /** For floats, all NaNs are equal here, and 0 equals -0. */
  compareExchange (index, expected, replacement) {
    return this.#floats === null
      ? AtomicsCompareExchange(this.#array, index, expected, replacement)
      : floats.compareExchange(this.#floats, index, expected, replacement)
  }

  isLockFree (size = this.#array.BYTES_PER_ELEMENT) {
    return AtomicsIsLockFree(size)
  }

  wait (index, value, timeout) {
    return AtomicsWait(this.#array, index, value, timeout)
  }

  waitAsync (index, value, timeout) {
    return AtomicsWaitAsync(this.#array, index, value, timeout)
  }

  notify (index, count) {
    return AtomicsNotify(this.#array, index, count)
  }

  /** @returns {number | bigint} the previous value, as with the operations of Atomics */
  min (index, value) {
    const position = floats.toIndex(this.#array, index)
    const other = this.#toElement(value)
    return this.#floats === null
      ? this.#replace(position, old => old < other ? old : other).old
      : floats.update(this.#floats, position, old => MathMin(old, other)).old
  }

  /** @returns {number | bigint} the previous value */
  max (index, value) {
    const position = floats.toIndex(this.#array, index)
    const other = this.#toElement(value)
    return this.#floats === null
      ? this.#replace(position, old => old > other ? old : other).old
      : floats.update(this.#floats, position, old => MathMax(old, other)).old
  }

  /**
   * @param {(old: number | bigint) => number | bigint} change is called again if another thread changed the element meanwhile
   * @returns {number | bigint} the new value
   */
  update (index, change) {
    if (typeof change !== 'function') throw invalidArgType('fn', 'of type function', change)
    return this.#floats === null
      ? this.#replace(index, old => this.#toElement(change(old))).current
      : floats.update(this.#floats, index, change).current
  }

  #toElement (value) {
    return toElement(this.#type, value)
  }

  #replace (index, change) {
    const array = this.#array
    const position = floats.toIndex(array, index)
    for (;;) {
      const old = AtomicsLoad(array, position)
      const current = change(old)
      if (AtomicsCompareExchange(array, position, old, current) === old) return { old, current }
    }
  }
}

operations.define(AtomicView)

function arrayOver (buffer, { type: name = 'int32', byteOffset, length }) {
  if (!types.isSharedArrayBuffer(buffer)) {
    throw invalidArgType('source', 'an instance of SharedArrayBuffer or a typed array over one', buffer)
  }
  const type = byName.get(name)
  if (type === undefined) throw invalidArgValue('options.type', name, `must be one of: ${namesOfTypes()}`)
  return new type.Array(buffer, byteOffset, length)
}

function namesOfTypes () {
  const names = newList()
  byName.forEach((type, name) => append(names, name))
  return ArrayPrototypeJoin(names, ', ')
}

function tagOf (value) {
  return ObjectPrototypeToString(value)
}

module.exports = { AtomicView }
