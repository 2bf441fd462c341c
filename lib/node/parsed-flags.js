'use strict'

// Has Node parse the flags for one worker. Only Node's native parser knows which flags a worker may have, what they imply, and
// which variables have the effect of a flag. Node's Worker calls it in its constructor. The constructor is left as soon as it has
// the native half with the result, so no worker starts, and the garbage collector frees what was created.

const {
  ArrayPrototypeFilter, ArrayPrototypeIncludes, Error, ObjectGetPrototypeOf, ObjectHasOwn, Proxy, ReflectConstruct, ReflectDefineProperty,
  SafeMap
} = require('../core/primordials')
const { workerThreads } = require('./internals')
const { nodeError } = require('../core/errors')

const kParsed = { __proto__: null }

/**
 * @param {string[] | undefined} execArgv without it Node takes the flags of this thread
 * @param {object | undefined} env without it Node takes the variables of the process, and ignores an invalid NODE_OPTIONS
 * @returns {object | undefined} the native half of a Worker of Node; undefined when Node refuses a worker for another reason
 * @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV
 */
function parseFlags (execArgv, env) {
  return nativeHalf(execArgv, env, ({ invalidExecArgv, invalidNodeOptions }) => !invalidExecArgv && !invalidNodeOptions)
}

/** The same, without the flags that Node refuses. */
function parseKnownFlags (execArgv, env) {
  const parsed = nativeHalf(execArgv, env, () => true)
  const invalid = parsed?.invalidExecArgv
  if (!invalid) return parsed
  return nativeHalf(ArrayPrototypeFilter(execArgv, argument => !ArrayPrototypeIncludes(invalid, argument)), env, () => true)
}

const valueFlags = new SafeMap()

/** Whether Node takes the next argument as the value of this flag. */
function requiresValue (flag) {
  let answer = valueFlags.get(flag)
  if (answer === undefined) {
    const errors = nativeHalf([flag], undefined, () => true)?.invalidExecArgv ?? []
    answer = ArrayPrototypeIncludes(errors, `${flag} requires an argument`)
    valueFlags.set(flag, answer)
  }
  return answer
}

function nativeHalf (execArgv, env, isResult) {
  let parsed
  const { Worker } = workerThreads()
  // Called for every property that the constructor adds.
  const set = (target, key, value, receiver) => {
    if (isNativeHalf(value) && isResult(value)) {
      parsed = value
      throw kParsed
    }
    return ReflectDefineProperty(receiver, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true })
  }
  function Parser () {}
  Parser.prototype = new Proxy({ __proto__: Worker.prototype }, { __proto__: null, set })
  try {
    // If the constructor is not left, it throws because a function cannot be cloned.
    ReflectConstruct(Worker, ['', { __proto__: null, eval: true, execArgv, env, workerData: parseFlags }], Parser)
  } catch (error) {
    if (error?.code === 'ERR_WORKER_INVALID_EXEC_ARGV') throw nodeError(Error, error.code, error.message)
  }
  return parsed
}

function isNativeHalf (value) {
  return typeof value === 'object' && value !== null && ObjectHasOwn(ObjectGetPrototypeOf(value) ?? kParsed, 'startThread')
}

module.exports = { parseFlags, parseKnownFlags, requiresValue }
