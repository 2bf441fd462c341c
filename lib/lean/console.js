'use strict'

// console, to the parent's stdout and stderr: Node's own Console, which is loaded when it is first needed. Text alone is printed
// without it.

const {
  ArrayPrototypeConcat, ArrayPrototypeJoin, ErrorCaptureStackTrace, ObjectDefineProperty, ReflectApply, StringPrototypeIncludes,
  SymbolToStringTag
} = require('../core/primordials')
const { defineLazily } = require('../core/lazy')
const { write } = require('./output')

// In Node's order.
const names = [
  'log', 'info', 'debug', 'warn', 'error', 'dir', 'time', 'timeEnd', 'timeLog', 'trace', 'assert', 'clear', 'count', 'countReset', 'group',
  'groupEnd', 'table', 'dirxml', 'groupCollapsed', 'profile', 'profileEnd', 'timeStamp'
]

let loaded

function full () {
  loaded ??= load()
  return loaded
}

function load () {
  let Console
  try {
    Console = require('./node/library').requireNode('internal/console/constructor').Console
  } catch {
    // Where Node's permission model hides Node's library.
    return require('./plain-console').console
  }
  // What the parent has not received can be bounded: the program gets the error.
  return new Console({ stdout: streamOf('stdout'), stderr: streamOf('stderr'), colorMode: false, ignoreErrors: false })
}

function streamOf (name) {
  return { isTTY: false, write (text) { write(name, text) }, once () {}, removeListener () {}, listenerCount: () => 0 }
}

/** What needs no format; undefined for the rest. */
function plain (args) {
  if (loaded !== undefined) return undefined
  for (let index = 0; index < args.length; index++) {
    if (typeof args[index] !== 'string') return undefined
  }
  if (args.length > 1 && StringPrototypeIncludes(args[0], '%')) return undefined
  return `${ArrayPrototypeJoin(args, ' ')}\n`
}

function printing (name, stream) {
  return function (...args) {
    const text = plain(args)
    if (text === undefined) ReflectApply(full()[name], loaded, args)
    else write(stream, text)
  }
}

const own = {
  log: printing('log', 'stdout'),
  info: printing('info', 'stdout'),
  debug: printing('debug', 'stdout'),
  warn: printing('warn', 'stderr'),
  error: printing('error', 'stderr'),
  trace (...args) {
    const { formatWithOptions } = require('./node/library').requireNode('internal/util/inspect')
    const error = { name: 'Trace', message: ReflectApply(formatWithOptions, undefined, ArrayPrototypeConcat([{}], args)) }
    ErrorCaptureStackTrace(error, console.trace)
    console.error(error.stack)
  },
  // Without a profiler and a timeline they do nothing in Node, too.
  profile () {},
  profileEnd () {},
  timeStamp () {}
}

const console = {}
for (let index = 0; index < names.length; index++) {
  const name = names[index]
  const value = own[name] ?? function (...args) { return ReflectApply(full()[name], loaded, args) }
  ObjectDefineProperty(value, 'name', { __proto__: null, value: name, configurable: true })
  ObjectDefineProperty(console, name, { __proto__: null, value, writable: true, configurable: true, enumerable: true })
  if (name === 'groupCollapsed') {
    defineLazily(console, { Console: () => require('./node/library').requireNode('internal/console/constructor').Console })
  }
}
ObjectDefineProperty(console, SymbolToStringTag, { __proto__: null, value: 'console', configurable: true })

module.exports = { console }
