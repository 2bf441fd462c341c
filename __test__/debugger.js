'use strict'

// A minimal debugger frontend: the WebSocket of an inspected process, and its threads.
// Node 20 has no WebSocket. https://chromedevtools.github.io/devtools-protocol/v8/

const http = require('node:http')
const { spawn } = require('node:child_process')
const { EventEmitter, once } = require('node:events')

/** One target: the main thread or a worker. Emits `event` with each event of the protocol. */
class Target extends EventEmitter {
  #write
  #lastId = 0
  #waiting = new Map()

  constructor (write) {
    super()
    this.#write = write
  }

  /** The result of a command. */
  send (method, params = {}) {
    const id = ++this.#lastId
    this.#write(JSON.stringify({ id, method, params }))
    return new Promise((resolve, reject) => this.#waiting.set(id, { method, resolve, reject }))
  }

  /** Commands whose answers do not matter: the target may be gone before it answers. */
  tell (...methods) {
    for (const method of methods) this.send(method).catch(() => {})
  }

  receive (text) {
    const { id, result, error, method, params } = JSON.parse(text)
    if (id === undefined) return this.emit('event', method, params)
    const { method: asked, resolve, reject } = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) reject(new Error(`${asked}: ${error.message}`))
    else resolve(result)
  }

  /** The parameters of the next such event. */
  next (name) {
    return new Promise((resolve) => this.on('event', function listen (method, params) {
      if (method !== name) return
      this.off('event', listen)
      resolve(params)
    }))
  }
}

/** Runs a program and attaches to it once it says where. Killed after `timeout` milliseconds. */
async function debug (args, { timeout = 60_000, env = {} } = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: undefined, FORCE_COLOR: undefined, ...env },
    timeout,
    killSignal: 'SIGKILL'
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { output[name] += text })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  while (!/ws:\/\/\S+/.test(output.stderr)) {
    const early = await Promise.race([once(child.stderr, 'data'), ended])
    if (!Array.isArray(early)) throw new Error(`The process ended before it could be debugged: ${JSON.stringify(early)}`)
  }
  const main = await connect(output.stderr.match(/ws:\/\/\S+/)[0])
  // If the command arrives before the process waits, Node drops it and the process waits forever.
  const goOn = () => {
    const again = setInterval(() => main.tell('Runtime.runIfWaitingForDebugger'), 200)
    ended.then(() => clearInterval(again))
    main.tell('Runtime.runIfWaitingForDebugger')
  }
  return { main, goOn, ended }
}

// https://www.rfc-editor.org/rfc/rfc6455
async function connect (address) {
  const request = http.get(address.replace('ws:', 'http:'), {
    headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' }
  })
  const [, socket, head] = await once(request, 'upgrade')
  const target = new Target((text) => socket.write(frame(Buffer.from(text))))
  const workers = new Map()
  target.on('event', (method, params) => {
    switch (method) {
      case 'NodeWorker.attachedToWorker': {
        const { sessionId } = params
        const worker = new Target((message) => target.send('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(() => {}))
        workers.set(sessionId, Object.assign(worker, params))
        target.emit('worker', worker)
        break
      }
      case 'NodeWorker.receivedMessageFromWorker':
        workers.get(params.sessionId).receive(params.message)
        break
      case 'NodeWorker.detachedFromWorker':
        workers.get(params.sessionId)?.emit('detached')
        break
      // Node waits until it is left alone.
      case 'NodeRuntime.waitingForDisconnect':
        socket.end()
    }
  })
  let received = head
  const read = () => {
    for (let message; (message = messageIn(received)) !== undefined; received = received.subarray(message.end)) {
      if (message.opcode === 1) target.receive(received.toString('utf8', message.start, message.end))
      else if (message.opcode === 8) socket.end()
    }
  }
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    read()
  })
  socket.on('error', () => {})
  target.close = () => socket.end()
  read()
  await target.send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true })
  return target
}

// What a client writes is masked; a mask of zeros changes nothing.
function frame (payload) {
  const extended = payload.length < 126 ? 0 : 2
  const header = Buffer.alloc(2 + extended + 4)
  header[0] = 0x81
  header[1] = 0x80 | (extended ? 126 : payload.length)
  if (extended) header.writeUInt16BE(payload.length, 2)
  return Buffer.concat([header, payload])
}

function messageIn (bytes) {
  if (bytes.length < 2) return undefined
  let start = 2
  let length = bytes[1] & 0x7f
  if (length === 126) {
    if (bytes.length < 4) return undefined
    length = bytes.readUInt16BE(2)
    start = 4
  } else if (length === 127) {
    if (bytes.length < 10) return undefined
    length = Number(bytes.readBigUInt64BE(2))
    start = 10
  }
  return bytes.length < start + length ? undefined : { opcode: bytes[0] & 0x0f, start, end: start + length }
}

module.exports = { debug }
