'use strict'

// Lets parts of Node that accept only Node's ports, above all Module.register(), work with ports of this package. Such a part gets a
// port of Node, and this thread forwards the messages in both directions.

const { types } = require('node:util')
const { isPort, postMessage, receiveMessage, structuredClone } = require('../core/realm')
const { MessageChannel, setBridges } = require('../core/message-port')
const { isNodePort, nodeStructuredClone, workerThreads } = require('./internals')
const { readTransferList } = require('../core/transfer-list')

const node = workerThreads()

/** Two ports on this thread: `ours` is entangled with the original port's other side, `theirs` with Node's substitute for that port. */
class Bridge {
  constructor (ours, theirs) {
    this.ours = ours
    this.theirs = theirs
    // Neither port keeps the event loop alive. The ports that they represent decide that.
    ours.on('message', value => this.#toTheirs(value)).on('messageerror', warn).on('close', () => this.#close()).unref()
    theirs.on('message', value => this.#toOurs(value)).on('messageerror', warn).on('close', () => this.#close()).unref()
    bridges.add(this)
    setBridges(flush)
  }

  // Forwards all pending messages before it returns: the thread may block in Node next, waiting for an answer.
  flush () {
    for (let received; (received = read(() => receiveMessage(this.ours))) !== undefined;) this.#toTheirs(received[0])
    for (let received; (received = read(() => node.receiveMessageOnPort(this.theirs))) !== undefined;) this.#toOurs(received.message)
  }

  #toTheirs (value) {
    const ports = []
    const replaced = replacePorts(value, isPort, port => addTo(ports, nodePortFor(port)))
    attempt(() => this.theirs.postMessage(replaced, ports))
  }

  #toOurs (value) {
    const ports = []
    const replaced = replacePorts(value, isNodePort, port => addTo(ports, portFor(port)))
    attempt(() => postMessage(this.ours, replaced, undefined, ports))
  }

  #close () {
    bridges.delete(this)
    if (bridges.size === 0) setBridges(undefined)
    this.ours.close()
    this.theirs.close()
  }
}

/** @type {Set<Bridge>} */
const bridges = new Set()

function flush () {
  for (const bridge of bridges) bridge.flush()
}

// Reports a message that could not be read or forwarded. An exception would reach code that did not post it.
function warn (error) {
  process.emitWarning(`A message between a port of isothreads and a part of Node was lost: ${error?.message}`, 'IsothreadsWarning')
}

function attempt (action) {
  try {
    action()
  } catch (error) {
    warn(error)
  }
}

function read (receive) {
  for (;;) {
    try {
      return receive()
    } catch (error) {
      warn(error)
    }
  }
}

function addTo (list, entry) {
  list.push(entry)
  return entry
}

/** Takes the port like a transfer does, with its pending messages. */
function nodePortFor (port) {
  const { port1: near, port2: far } = new node.MessageChannel()
  new Bridge(structuredClone(port, undefined, [port]), near).flush()
  return far
}

function portFor (nodePort) {
  const { port1: near, port2: far } = new MessageChannel()
  new Bridge(near, nodePort)
  return far
}

/** Copies arrays, plain objects, maps and sets, and replaces some ports in them. Keeps all other values without looking inside. */
function replacePorts (value, isReplaced, replace, copies = new Map()) {
  if (typeof value !== 'object' || value === null) return value
  if (copies.has(value)) return copies.get(value)
  const remember = copy => {
    copies.set(value, copy)
    return copy
  }
  const visit = entry => replacePorts(entry, isReplaced, replace, copies)
  if (isReplaced(value)) return remember(replace(value))
  if (Array.isArray(value)) {
    const copy = remember(new Array(value.length))
    for (const index of Object.keys(value)) copy[index] = visit(value[index])
    return copy
  }
  if (isPlain(value)) {
    const copy = remember({})
    for (const key of Object.keys(value)) {
      Object.defineProperty(copy, key, { value: visit(value[key]), writable: true, configurable: true, enumerable: true })
    }
    return copy
  }
  if (value instanceof Map) {
    const copy = remember(new Map())
    for (const [key, entry] of value) copy.set(visit(key), visit(entry))
    return copy
  }
  if (value instanceof Set) {
    const copy = remember(new Set())
    for (const entry of value) copy.add(visit(entry))
    return copy
  }
  return value
}

function isPlain (value) {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))
}

/**
 * Prepares a value for a part of Node: Node's ports replace the ports of this package.
 * @param {unknown} value
 * @param {object[]} transferList the function itself transfers the ports of this package in it
 * @returns {{ value: unknown, transferList: object[] }}
 * @throws {DOMException} DataCloneError when the value cannot be sent; nothing has been transferred then
 */
function forNode (value, transferList) {
  const ports = Array.from(readTransferList(transferList.filter(isPort)).ports ?? [])
  // A rehearsal would use up other listed objects. Buffers are copied in it; other objects cannot be.
  if (transferList.every(entry => isPort(entry) || types.isArrayBuffer(entry))) rehearse(value, ports)
  const standIns = new Map(ports.map(port => [port, nodePortFor(port)]))
  const list = transferList.map(entry => standIns.get(entry) ?? entry)
  return { value: replacePorts(value, () => false, undefined, standIns), transferList: list }
}

// Posts the value to a discarded port, with other ports in place of these.
function rehearse (value, ports) {
  const channels = ports.map(() => new node.MessageChannel())
  const transfer = channels.map(({ port2 }) => port2)
  const standIns = new Map(ports.map((port, index) => [port, transfer[index]]))
  try {
    nodeStructuredClone(replacePorts(value, () => false, undefined, standIns), { transfer })
  } finally {
    for (const { port1 } of channels) port1.close()
  }
}

module.exports = { forNode }
