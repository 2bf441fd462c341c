'use strict'

// Built-in modules of Node that compute and touch nothing outside: a bare isolate runs the files of Node's own library for them, from
// the running binary, with bindings that reach nothing but this thread. A module is loaded when it is first asked for.
// https://github.com/nodejs/node/blob/main/lib/internal/bootstrap/realm.js

const {
  MathFloor, ObjectDefineProperty, ObjectFreeze, Proxy, ReflectApply, RegExp, RegExpPrototypeExec, StringPrototypeStartsWith, SymbolFor
} = require('../../core/primordials')
const { now } = require('../clock')
const { nodeMajor } = require('../host')
const { native } = require('../../core/realm')
const { functions } = require('./functions')
const { write } = require('../output')
const { unsupported } = require('../platform')
const { setImmediate, setTimeout } = require('../timers')

// Node's files that need its process, its threads or the system. Those that compute load them for a case that has none here.
const outside = new RegExp('^(?:internal/(?:bootstrap|crypto|dgram|fs|http|main|modules|net|process|source_map|tls|vm)/|' +
  'internal/worker/(?!js_transferable$)|' +
  'internal/(?:cluster|heap_utils|stream_base_commons|tty|vm)$|internal/webstreams/(?:adapters|compression|transfer)$|' +
  '(?:child_process|cluster|dns|fs|http|https|http2|inspector|module|net|os|process|repl|tls|tty|v8|vm|worker_threads|zlib)$)')

const cache = { __proto__: null }
const bindings = { __proto__: null }
const { substitutes } = require('./substitutes')

function hrtime (since) {
  const time = now()
  const seconds = MathFloor(time / 1000)
  const nanoseconds = MathFloor((time - seconds * 1000) * 1e6)
  if (since === undefined) return [seconds, nanoseconds]
  const difference = (seconds - since[0]) * 1e9 + nanoseconds - since[1]
  return [MathFloor(difference / 1e9), difference % 1e9]
}

const stream = ObjectFreeze({ __proto__: null, isTTY: false, hasColors: () => false, getColorDepth: () => 1 })

/** The `process` of Node's files. Programs do not get it. */
const process = {
  __proto__: null,
  version: `v${nodeMajor}.0.0`,
  versions: ObjectFreeze({ __proto__: null, node: `${nodeMajor}.0.0` }),
  platform: native.packageRoot()[0] === '/' ? 'linux' : 'win32',
  arch: 'x64',
  env: ObjectFreeze({ __proto__: null }),
  argv: ObjectFreeze([]),
  execArgv: ObjectFreeze([]),
  pid: 0,
  features: ObjectFreeze({ __proto__: null }),
  stdout: stream,
  stderr: stream,
  cwd: () => process.platform === 'win32' ? 'C:\\' : '/',
  hrtime,
  nextTick (...args) { ReflectApply(require('./ticks').nextTick, undefined, args) },
  emitWarning: warning => process.nextTick(write, 'stderr', `Warning: ${warning?.message ?? warning}\n`),
  on () {},
  once () {},
  off () {},
  removeListener () {},
  emit: () => false,
  listenerCount: () => 0
}

let primordials

function getPrimordials () {
  if (primordials === undefined) {
    primordials = { __proto__: null }
    functions.compileNode('internal/per_context/primordials')({}, primordials, {}, {})
  }
  return primordials
}

/** Stands for exports that nothing calls here. */
function absent (name) {
  const throwing = property => function () {
    throw unsupported(`The lean runtime has no ${name} (${property}): use a worker with runtime: 'node'`)
  }
  return new Proxy({ __proto__: null }, {
    __proto__: null,
    get: (_, property) => typeof property === 'string' ? throwing(property) : undefined
  })
}

function internalBinding (name) {
  if (bindings[name] === undefined) {
    const make = require('./bindings').bindings[name]
    bindings[name] = make === undefined ? absent(`binding '${name}'`) : make(internals)
  }
  return bindings[name]
}

/**
 * A file of Node's library.
 * @param {string} id for example `internal/util/inspect`
 */
function requireNode (id) {
  const cached = cache[id]
  if (cached !== undefined) return cached.exports
  const module = { __proto__: null, id, exports: {}, loaded: false }
  cache[id] = module
  try {
    if (substitutes[id] !== undefined) {
      module.exports = substitutes[id](internals)
    } else if (RegExpPrototypeExec(outside, id) !== null) {
      module.exports = absent(`module '${id}'`)
    } else {
      const binding = id === 'internal/util/inspect' ? withoutIntl : internalBinding
      compile(id)(module.exports, requireNode, module, process, binding, getPrimordials())
      if (id === 'internal/util/debuglog') module.exports.initializeDebugEnv(undefined)
    }
  } catch (error) {
    delete cache[id]
    throw error
  }
  module.loaded = true
  return module.exports
}

// Node has a variant for builds without ICU, whose functions there are none of here.
function withoutIntl (name) {
  return name === 'config' ? { hasIntl: false } : internalBinding(name)
}

function compile (id) {
  try {
    return functions.compileNode(id)
  } catch (error) {
    // With Node's permission model the parent cannot read them.
    if (!StringPrototypeStartsWith(error.message, 'node:')) throw error
    throw unsupported(`The lean runtime has no module '${id}': this process gives no access to Node's library`)
  }
}

const internals = { internalBinding, process, requireNode, absent, getPrimordials }

// What util.promisify() makes of them, as in Node.
const kPromisified = SymbolFor('nodejs.util.promisify.custom')
const promisified = { __proto__: null, setTimeout, setImmediate }
for (const name in promisified) {
  ObjectDefineProperty(promisified[name], kPromisified, {
    __proto__: null,
    get: () => requireNode('timers/promises')[name],
    enumerable: true
  })
}

module.exports = { requireNode, internalBinding, process }
