'use strict'

// What a task's function is given besides the data. Most tasks never look at it.

const { ArrayPrototypeForEach, ObjectDefineProperty, ReflectGet, SafeMap, SymbolAsyncIterator, append, newList } = require('./primordials')
const { EventEmitter, getAbortController, getAbortSignal, queueMicrotask } = require('./platform')
const { domException } = require('./errors')
const { interim } = require('./protocol')
const { native, postMessage } = require('./realm')
const { flag, numberOf } = require('./task-number')

// Of tasks that are not finished: those that look at their signal, by the task's number, and those that
// have a port, by a number of their own. (The task's may be that of another task when a message comes.)
const heedful = new SafeMap()
const conversations = new SafeMap()
let lastConversation = 0

const nothing = { __proto__: null }

class TaskContext {
  /** What the pool's `asyncLocalStorage` held where the task was given. */
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

  // These two work without their object, as in ({ progress }) => progress(1). Made when they are asked
  // for: most tasks never do.

  /** Has the caller's onProgress called with a clone of the value. */
  get progress () {
    return this.#define('progress', value => this.#post(value, undefined, flag.progress))
  }

  /** Returns its argument: an ArrayBuffer or a port, which is transferred with the result instead of cloned. */
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

  /** An AbortSignal: the task is asked to end. A task that never returns to its event loop sees it as well. */
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

  // `isTimeout`: null while there is nothing to tell.
  #abort (isTimeout) {
    if (isTimeout === null) return
    this.#controller.abort(isTimeout
      ? domException('The task ran for longer than its timeout', 'TimeoutError')
      : domException('The task was aborted', 'AbortError'))
  }

  /** The task of this number was asked to end. */
  static abort (id, isTimeout) {
    heedful.get(id)?.#abort(isTimeout)
  }

  /** Messages to and from the caller's onMessage. */
  get port () {
    if (this.#taskPort === undefined) {
      const conversation = ++lastConversation
      const post = (value, transfer) => this.#post({ type: interim.message, conversation, value }, transfer, flag.more)
      this.#taskPort = new ConversationPort(post)
      if (!this.#isFinished) conversations.set(conversation, this.#taskPort)
      this.#taskPort.number = conversation
    }
    return this.#taskPort
  }

  /** The caller has posted something. */
  static onMessage ({ conversation, value }) {
    conversations.get(conversation)?.receive(value)
  }

  /** @param {object} port of an async iterable that is the caller's */
  readIterable (port) {
    this.#input = require('./iterable-port').receiveIterable(port).iterable
    return this.#input
  }

  #post (value, transfer, what) {
    if (this.#isFinished) return
    const { arrayBuffers, ports } = transfer === undefined ? nothing : require('./transfer-list').readTransferList(transfer)
    postMessage(this.#port, value, arrayBuffers, ports, numberOf(this.#id, what))
  }

  /** May throw; then the task is still to fail. */
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

  // The caller has the iterable now; the task is finished when that has ended.
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

/** The task's side of its port. What comes before there is a listener waits for it. */
class ConversationPort extends EventEmitter {
  number
  #send
  #waiting = newList()

  constructor (send) {
    super()
    this.#send = send
    this.on('newListener', event => {
      if (event !== 'message' || this.#waiting.length === 0) return
      const waiting = this.#waiting
      this.#waiting = newList()
      queueMicrotask(() => ArrayPrototypeForEach(waiting, value => this.receive(value)))
    })
  }

  /** Has the caller's onMessage called with a clone of the value; does nothing when the task is finished. */
  postMessage = (value, transfer) => this.#send(value, transfer)

  receive (value) {
    if (this.listenerCount('message') === 0) append(this.#waiting, value)
    else this.emit('message', value)
  }
}

module.exports = { TaskContext }
