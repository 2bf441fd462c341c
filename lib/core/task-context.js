'use strict'

// The second argument of a task's function, after the data. Most tasks never use it.

const { ObjectDefineProperty, ReflectGet, SafeMap, SymbolAsyncIterator, append, newList } = require('./primordials')
const { getAbortController, getAbortSignal } = require('./platform')
const { domException } = require('./errors')
const { interim } = require('./protocol')
const { native, postMessage } = require('./realm')
const { flag, numberOf } = require('./task-number')

// Unfinished tasks that use their signal, by task id, and unfinished tasks that use their port, by a number of their own: a task's
// id may have been reused when a message arrives.
const heedful = new SafeMap()
const conversations = new SafeMap()
let lastConversation = 0

const nothing = { __proto__: null }

class TaskContext {
  /** The value of the pool's `asyncLocalStorage` where the caller submitted the task. */
  store
  #port
  #id
  #moved
  #controller
  #taskPort
  #input
  #isFinished = false

  constructor (port, id) {
    this.#port = port
    this.#id = id
  }

  // These two work without their object, as in ({ progress }) => progress(1). They are created on first use, because most tasks never
  // use them.

  /** Calls the caller's onProgress with a clone of the value. */
  get progress () {
    return this.#define('progress', value => this.#post(value, undefined, flag.progress))
  }

  /** Returns its argument, an ArrayBuffer or a port, and transfers it with the result instead of cloning it. */
  get move () {
    return this.#define('move', object => {
      this.#moved ??= newList()
      append(this.#moved, object)
      return object
    })
  }

  #define (name, value) {
    ObjectDefineProperty(this, name, { __proto__: null, value, writable: true, configurable: true })
    return value
  }

  /** An AbortSignal that asks the task to end. A task that never returns to its event loop sees it as well. */
  get signal () {
    if (this.#controller === undefined) {
      this.#controller = new (getAbortController())()
      const { signal } = this.#controller
      const isAborted = () => ReflectGet(getAbortSignal().prototype, 'aborted', signal)
      const look = () => {
        if (!isAborted() && !this.#isFinished) this.#abort(native.abortOf(this.#id))
        return isAborted()
      }
      ObjectDefineProperty(signal, 'aborted', { __proto__: null, configurable: true, get: look })
      ObjectDefineProperty(signal, 'throwIfAborted', {
        __proto__: null, configurable: true, value: () => { if (look()) throw signal.reason }
      })
      if (!this.#isFinished) {
        heedful.set(this.#id, this)
        this.#abort(native.heedAbort(this.#id))
      }
    }
    return this.#controller.signal
  }

  // `isTimeout` is null if the task has not been asked to end.
  #abort (isTimeout) {
    if (isTimeout === null) return
    this.#controller.abort(isTimeout
      ? domException('The task ran for longer than its timeout', 'TimeoutError')
      : domException('The task was aborted', 'AbortError'))
  }

  /** Handles the request that this task end. */
  static abort (id, isTimeout) {
    heedful.get(id)?.#abort(isTimeout)
  }

  /** Sends messages to the caller's onMessage and receives messages from the caller. */
  get port () {
    if (this.#taskPort === undefined) {
      const conversation = ++lastConversation
      const post = (value, transfer) => this.#post({ type: interim.message, conversation, value }, transfer, flag.more)
      this.#taskPort = new (require('./task-conversation').ConversationPort)(post)
      if (!this.#isFinished) conversations.set(conversation, this.#taskPort)
      this.#taskPort.number = conversation
    }
    return this.#taskPort
  }

  /** Handles a message from the caller. */
  static onMessage ({ conversation, value }) {
    conversations.get(conversation)?.receive(value)
  }

  /** @param {object} port of an async iterable that the caller owns */
  readIterable (port) {
    this.#input = require('./iterable-port').receiveIterable(port).iterable
    return this.#input
  }

  #post (value, transfer, what) {
    if (this.#isFinished) return
    const { arrayBuffers, ports } = transfer === undefined ? nothing : require('./transfer-list').readTransferList(transfer)
    postMessage(this.#port, value, arrayBuffers, ports, numberOf(this.#id, what))
  }

  /** May throw; the task must fail then. */
  succeed (value) {
    if (typeof value === 'object' && value !== null && typeof value[SymbolAsyncIterator] === 'function') return this.#stream(value)
    const { arrayBuffers, ports } = this.#moved === undefined ? nothing : require('./transfer-list').readTransferList(this.#moved)
    this.#finish()
    this.#port.succeed(this.#id, value, arrayBuffers, ports)
  }

  fail (error) {
    if (this.#isFinished) return
    this.#finish()
    this.#port.fail(this.#id, error)
  }

  // The caller has the iterable now. The task finishes when the iterable ends.
  async #stream (iterable) {
    try {
      const { port, finished } = require('./iterable-port').sendIterable(iterable)
      this.#post({ type: interim.iterable, port }, [port], flag.more)
      await finished
    } catch (error) {
      return this.fail(error)
    }
    this.succeed(undefined)
  }

  #finish () {
    this.#isFinished = true
    if (this.#controller !== undefined) heedful.delete(this.#id)
    if (this.#taskPort !== undefined) conversations.delete(this.#taskPort.number)
    this.#input?.return()
  }
}

module.exports = { TaskContext }
