'use strict'

// console: text for the parent's stdout and stderr. See inspect.js for the format of values.

const {
  ArrayPrototypeConcat, ArrayPrototypeJoin, ArrayPrototypeSlice, ErrorCaptureStackTrace, JSONStringify, MathRound, Number, ReflectApply,
  SafeMap, String, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, append, newList
} = require('../core/primordials')
const { performanceNow } = require('../core/platform')
const { inspect } = require('./inspect')
const { write } = require('./output')

const unlimited = { __proto__: null, depth: null }

// https://console.spec.whatwg.org/#formatter, as far as it is text.
function format (args) {
  const parts = newList()
  let next = 0
  if (typeof args[0] === 'string' && args.length > 1) {
    const pattern = args[next++]
    let text = ''
    let from = 0
    for (let at = 0; at < pattern.length - 1; at++) {
      if (pattern[at] !== '%') continue
      const directive = pattern[at + 1]
      if (directive === '%') {
        text += StringPrototypeSlice(pattern, from, at + 1)
      } else if (next < args.length && isDirective(directive)) {
        text += StringPrototypeSlice(pattern, from, at) + converted(directive, args[next++])
      } else {
        continue
      }
      at++
      from = at + 1
    }
    append(parts, text + StringPrototypeSlice(pattern, from))
  }
  for (; next < args.length; next++) append(parts, typeof args[next] === 'string' ? args[next] : inspect(args[next]))
  return ArrayPrototypeJoin(ArrayPrototypeSlice(parts), ' ')
}

function isDirective (letter) {
  return StringPrototypeIncludes('sdifjoOc', letter)
}

function converted (directive, value) {
  switch (directive) {
    case 's':
      return typeof value === 'string' ? value : inspect(value, { __proto__: null, depth: 0 })
    case 'd':
      return typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' || typeof value === 'object' ? 'NaN' : `${Number(value)}`
    case 'i':
      return typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' || typeof value === 'object' ? 'NaN' : `${parseInt(value)}`
    case 'f':
      return typeof value === 'symbol' ? 'NaN' : `${parseFloat(value)}`
    case 'j':
      return JSONStringify(value)
    case 'o':
      return inspect(value, unlimited)
    case 'O':
      return inspect(value)
    default:
      return ''
  }
}

let indentation = ''
const counts = new SafeMap()
const timers = new SafeMap()

function print (stream, text) {
  if (indentation !== '') text = indentation + StringPrototypeReplaceAll(text, '\n', `\n${indentation}`)
  write(stream, `${text}\n`)
}

const out = args => print('stdout', format(args))
const err = args => print('stderr', format(args))

function elapsed (label) {
  const start = timers.get(label)
  if (start === undefined) return err([`Warning: No such label '${label}' for console.time()`])
  return `${label}: ${MathRound((performanceNow() - start) * 1000) / 1000}ms`
}

function framesOf (stack) {
  const at = StringPrototypeIndexOf(stack, '\n    at ')
  return at < 0 ? '' : StringPrototypeSlice(stack, at)
}

const console = {
  log (...args) { out(args) },
  info (...args) { out(args) },
  debug (...args) { out(args) },
  warn (...args) { err(args) },
  error (...args) { err(args) },
  dir (value, options) { print('stdout', inspect(value, options)) },
  dirxml (...args) { out(args) },
  table (value) { out([value]) },
  trace (...args) {
    const error = { name: 'Trace', message: format(args) }
    ErrorCaptureStackTrace(error, console.trace)
    print('stderr', `Trace${error.message === '' ? '' : `: ${error.message}`}${framesOf(error.stack)}`)
  },
  assert (condition, ...args) {
    if (condition) return
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`
    else args = ArrayPrototypeConcat(['Assertion failed'], args)
    err(args)
  },
  count (label = 'default') {
    label = String(label)
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    out([`${label}: ${count}`])
  },
  countReset (label = 'default') { counts.delete(String(label)) },
  group (...args) {
    if (args.length > 0) out(args)
    indentation += '  '
  },
  groupCollapsed (...args) { ReflectApply(console.group, console, args) },
  groupEnd () { indentation = StringPrototypeSlice(indentation, 2) },
  time (label = 'default') { timers.set(String(label), performanceNow()) },
  timeLog (label = 'default', ...args) {
    const text = elapsed(String(label))
    if (text !== undefined) out(ArrayPrototypeConcat([text], args))
  },
  timeEnd (label = 'default') {
    const text = elapsed(String(label))
    if (text !== undefined) out([text])
    timers.delete(String(label))
  }
}

module.exports = { console }
