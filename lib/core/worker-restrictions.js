'use strict'

// Options of Worker that only a bare isolate can have.

const { ObjectKeys } = require('./primordials')
const { invalidArgType, invalidArgValue } = require('./errors')
const { checkBoolean, checkInteger, checkNumber, checkObject } = require('./validators')

const names = ['codeGeneration', 'maxQueuedMessages', 'timerResolution']

const isGiven = value => value !== undefined && value !== null

/** Throws if one of them is given, for a runtime that cannot have it. */
function refuseRestrictions (options) {
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (isGiven(options?.[name])) throw invalidArgValue(`options.${name}`, options[name], "needs runtime: 'lean'")
  }
  const limit = options?.resourceLimits?.maxExternalMemoryMb
  if (isGiven(limit)) throw invalidArgValue('options.resourceLimits.maxExternalMemoryMb', limit, "needs runtime: 'lean'")
}

/**
 * @returns {{ externalMemoryMb: number, allowStrings: boolean, allowWasm: boolean, maxQueuedMessages?: number, timerResolution?: number }}
 */
function readRestrictions (options) {
  const { maxQueuedMessages, timerResolution } = options
  if (isGiven(maxQueuedMessages)) checkInteger(maxQueuedMessages, 'options.maxQueuedMessages', 1)
  if (isGiven(timerResolution)) checkNumber(timerResolution, 'options.timerResolution', 0, 60_000)
  const limit = options.resourceLimits?.maxExternalMemoryMb
  if (isGiven(limit)) checkNumber(limit, 'options.resourceLimits.maxExternalMemoryMb', 2 ** -20, 2 ** 32)
  return {
    externalMemoryMb: limit ?? -1,
    ...readCodeGeneration(options.codeGeneration),
    maxQueuedMessages: maxQueuedMessages ?? undefined,
    timerResolution: timerResolution || undefined
  }
}

// As that of vm.createContext(), or a boolean for both.
function readCodeGeneration (allowed) {
  if (!isGiven(allowed)) return { allowStrings: true, allowWasm: true }
  if (typeof allowed === 'boolean') return { allowStrings: allowed, allowWasm: allowed }
  if (typeof allowed !== 'object') throw invalidArgType('options.codeGeneration', 'of type boolean or an instance of Object', allowed)
  checkObject(allowed, 'options.codeGeneration')
  const given = ObjectKeys(allowed)
  for (let index = 0; index < given.length; index++) {
    if (given[index] !== 'strings' && given[index] !== 'wasm') {
      throw invalidArgValue('options.codeGeneration', allowed, `has a property '${given[index]}', and may have 'strings' and 'wasm'`)
    }
  }
  const { strings, wasm } = allowed
  if (strings !== undefined) checkBoolean(strings, 'options.codeGeneration.strings')
  if (wasm !== undefined) checkBoolean(wasm, 'options.codeGeneration.wasm')
  return { allowStrings: strings ?? true, allowWasm: wasm ?? true }
}

module.exports = { readRestrictions, refuseRestrictions }
