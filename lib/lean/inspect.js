'use strict'

// How values are printed: a small part of Node's util.inspect(), in one line per value. It runs no getters and no traps of proxies.

const {
  ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypeSlice, BigInt, Boolean, Date, FunctionPrototypeToString, JSONStringify,
  MapPrototypeForEach, Number, ObjectGetOwnPropertyDescriptor, ObjectGetPrototypeOf, ReflectApply, ReflectOwnKeys, RegExp,
  RegExpPrototypeExec, SafeSet, SetPrototypeForEach, String, StringPrototypeIncludes, StringPrototypeReplaceAll, StringPrototypeSlice,
  Symbol, TypedArrayPrototypeGetSymbolToStringTag, append, newList, uncurryThis
} = require('../core/primordials')
const { inspect: { custom } } = require('../core/platform')
const { types } = require('./host')

const MOST_MEMBERS = 100

const toISOString = uncurryThis(Date.prototype.toISOString)
const sourceOf = uncurryThis(RegExp.prototype.toString)
const symbolText = uncurryThis(Symbol.prototype.toString)
const valueOf = {
  __proto__: null,
  Boolean: uncurryThis(Boolean.prototype.valueOf),
  Number: uncurryThis(Number.prototype.valueOf),
  String: uncurryThis(String.prototype.valueOf),
  BigInt: uncurryThis(BigInt.prototype.valueOf),
  Symbol: uncurryThis(Symbol.prototype.valueOf)
}

/**
 * @param {unknown} value
 * @param {{ depth?: number | null }} [options] objects nested deeper are not shown
 * @returns {string}
 */
function inspect (value, options = undefined) {
  const depth = options?.depth === undefined ? 2 : options.depth ?? Infinity
  return show(value, { depth, level: 0, seen: new SafeSet(), options: { __proto__: null, ...options, depth } })
}

function show (value, context) {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return value === 0 && 1 / value < 0 ? '-0' : `${value}`
    case 'bigint':
      return `${value}n`
    case 'symbol':
      return symbolText(value)
    case 'object':
    case 'function':
      return value === null ? 'null' : showObject(value, context)
    default:
      return String(value)
  }
}

function quoted (text) {
  const escaped = StringPrototypeReplaceAll(StringPrototypeSlice(JSONStringify(text), 1, -1), '\\"', '"')
  if (!StringPrototypeIncludes(text, "'")) return `'${escaped}'`
  if (!StringPrototypeIncludes(text, '"')) return `"${escaped}"`
  return `'${StringPrototypeReplaceAll(escaped, "'", "\\'")}'`
}

function showObject (value, context) {
  if (types.isProxy(value)) return '[Proxy]'
  if (context.seen.has(value)) return '[Circular]'
  const method = value[custom]
  if (typeof method === 'function' && method !== inspect) {
    const left = context.depth - context.level
    const result = ReflectApply(method, value, [left, { __proto__: null, ...context.options, depth: left }, inspect])
    if (result !== value) return typeof result === 'string' ? result : show(result, context)
  }
  if (isError(value)) return showError(value, context)
  const name = classNameOf(value)
  const { prefix, open, close } = shapeOf(value, name)
  if (context.level > context.depth) return ArrayIsArray(value) ? '[Array]' : `[${name ?? 'Object: null prototype'}]`
  context.seen.add(value)
  context.level++
  const parts = members(value, context)
  context.level--
  context.seen.delete(value)
  if (open === '') return parts.length === 0 ? prefix : `${prefix} { ${join(parts)} }`
  const start = prefix === '' ? open : `${prefix} ${open}`
  return parts.length === 0 ? `${start}${close}` : `${start} ${join(parts)} ${close}`
}

function isError (value) {
  return types.isNativeError(value)
}

function showError (error, context) {
  const stack = dataOf(error, 'stack')
  const message = dataOf(error, 'message')
  let text = typeof stack === 'string' && stack !== '' ? stack : `[${classNameOf(error) ?? 'Error'}${message ? `: ${message}` : ''}]`
  if (context.level > context.depth) return text
  context.seen.add(error)
  context.level++
  const parts = newList()
  const keys = ReflectOwnKeys(error)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    const descriptor = ObjectGetOwnPropertyDescriptor(error, key)
    if (key === 'cause') append(parts, `[cause]: ${showProperty(descriptor, context)}`)
    else if (key === 'errors' && !descriptor.enumerable) append(parts, `[errors]: ${showProperty(descriptor, context)}`)
    else if (descriptor.enumerable) append(parts, `${keyText(key)}: ${showProperty(descriptor, context)}`)
  }
  context.level--
  context.seen.delete(error)
  if (parts.length > 0) text += ` { ${join(parts)} }`
  return text
}

function dataOf (object, name) {
  for (; object !== null; object = ObjectGetPrototypeOf(object)) {
    const descriptor = ObjectGetOwnPropertyDescriptor(object, name)
    // V8's own accessor of the stack runs nothing of the program, except Error.prepareStackTrace.
    if (descriptor !== undefined) return 'value' in descriptor || name === 'stack' ? read(object, name) : undefined
  }
  return undefined
}

function read (object, name) {
  try {
    return object[name]
  } catch {
    return undefined
  }
}

// undefined for an object without a prototype.
function classNameOf (object) {
  for (let part = ObjectGetPrototypeOf(object); part !== null && !types.isProxy(part); part = ObjectGetPrototypeOf(part)) {
    const name = ObjectGetOwnPropertyDescriptor(part, 'constructor')?.value?.name
    if (typeof name === 'string' && name !== '') return name
  }
  return undefined
}

function shapeOf (value, name) {
  const named = name ?? '[Object: null prototype]'
  if (ArrayIsArray(value)) return { prefix: name === 'Array' ? '' : `${named}(${value.length})`, open: '[', close: ']' }
  if (typeof value === 'function') return { prefix: functionName(value), open: '', close: '' }
  if (types.isTypedArray(value)) {
    return { prefix: `${TypedArrayPrototypeGetSymbolToStringTag(value)}(${value.length})`, open: '[', close: ']' }
  }
  if (types.isMap(value)) return { prefix: `${named}(${sizeOf(MapPrototypeForEach, value)})`, open: '{', close: '}' }
  if (types.isSet(value)) return { prefix: `${named}(${sizeOf(SetPrototypeForEach, value)})`, open: '{', close: '}' }
  if (types.isDate(value)) return { prefix: dateText(value), open: '', close: '' }
  if (types.isRegExp(value)) return { prefix: sourceOf(value), open: '', close: '' }
  if (types.isPromise(value)) return { prefix: named, open: '{', close: '}' }
  if (types.isWeakMap(value) || types.isWeakSet(value)) return { prefix: `${named} { <items unknown> }`, open: '', close: '' }
  if (types.isNumberObject(value)) return boxed('Number', value)
  if (types.isStringObject(value)) return boxed('String', value)
  if (types.isBooleanObject(value)) return boxed('Boolean', value)
  if (types.isBigIntObject(value)) return boxed('BigInt', value)
  if (types.isSymbolObject(value)) return boxed('Symbol', value)
  return { prefix: name === 'Object' ? '' : named, open: '{', close: '}' }
}

function boxed (kind, value) {
  return { prefix: `[${kind}: ${show(valueOf[kind](value), { depth: 0, level: 0, seen: new SafeSet() })}]`, open: '', close: '' }
}

function functionName (value) {
  const name = dataOf(value, 'name')
  const isClass = RegExpPrototypeExec(/^class\b/, FunctionPrototypeToString(value)) !== null
  if (isClass) return name ? `[class ${name}]` : '[class (anonymous)]'
  const kind = types.isGeneratorFunction(value) ? 'GeneratorFunction' : types.isAsyncFunction(value) ? 'AsyncFunction' : 'Function'
  return name ? `[${kind}: ${name}]` : `[${kind} (anonymous)]`
}

function dateText (value) {
  try {
    return toISOString(value)
  } catch {
    return 'Invalid Date'
  }
}

function sizeOf (forEach, collection) {
  let size = 0
  forEach(collection, () => { size++ })
  return size
}

function members (value, context) {
  const parts = newList()
  let hidden = 0
  const add = text => {
    if (parts.length < MOST_MEMBERS) append(parts, text())
    else hidden++
  }
  const isIndexed = ArrayIsArray(value) || types.isTypedArray(value)
  if (ArrayIsArray(value)) {
    for (let index = 0; index < value.length && index < MOST_MEMBERS; index++) {
      const descriptor = ObjectGetOwnPropertyDescriptor(value, index)
      append(parts, descriptor === undefined ? '<empty item>' : showProperty(descriptor, context))
    }
    hidden = value.length > MOST_MEMBERS ? value.length - MOST_MEMBERS : 0
  } else if (types.isTypedArray(value)) {
    for (let index = 0; index < value.length && index < MOST_MEMBERS; index++) append(parts, show(value[index], context))
    hidden = value.length > MOST_MEMBERS ? value.length - MOST_MEMBERS : 0
  } else if (types.isMap(value)) {
    MapPrototypeForEach(value, (member, key) => add(() => `${show(key, context)} => ${show(member, context)}`))
  } else if (types.isSet(value)) {
    SetPrototypeForEach(value, member => add(() => show(member, context)))
  } else if (types.isAnyArrayBuffer(value)) {
    append(parts, `byteLength: ${value.byteLength}`)
  }
  if (hidden > 0) append(parts, `... ${hidden} more item${hidden > 1 ? 's' : ''}`)
  if (types.isStringObject(value)) return parts
  const keys = isIndexed && value.length > MOST_MEMBERS ? [] : ReflectOwnKeys(value)
  let shown = 0
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    if (isIndexed && typeof key === 'string' && RegExpPrototypeExec(/^\d+$/, key) !== null) continue
    const descriptor = ObjectGetOwnPropertyDescriptor(value, key)
    if (descriptor === undefined || !descriptor.enumerable) continue
    if (++shown > MOST_MEMBERS) continue
    append(parts, `${keyText(key)}: ${showProperty(descriptor, context)}`)
  }
  if (shown > MOST_MEMBERS) append(parts, `... ${shown - MOST_MEMBERS} more properties`)
  return parts
}

function keyText (key) {
  if (typeof key === 'symbol') return `[${symbolText(key)}]`
  return RegExpPrototypeExec(/^[A-Za-z_][\w$]*$/, key) !== null ? key : quoted(key)
}

function showProperty (descriptor, context) {
  if ('value' in descriptor) return show(descriptor.value, context)
  if (descriptor.get === undefined) return '[Setter]'
  return descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]'
}

function join (parts) {
  return ArrayPrototypeJoin(ArrayPrototypeSlice(parts), ', ')
}

module.exports = { inspect }
