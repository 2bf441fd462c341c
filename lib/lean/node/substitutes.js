'use strict'

// Files of Node's library in whose place a bare isolate has its own, by name.

const { Promise, SafeMap, Symbol, isInstance } = require('../../core/primordials')
const { invalidArgType } = require('../../core/errors')

const nothing = () => {}

// The modules that require() finds: util.inspect() marks the others in stacks.
const publicModules = {
  __proto__: null
}

const substitutes = {
  __proto__: null,

  'internal/bootstrap/realm': () => ({
    BuiltinModule: {
      exists: id => publicModules[id] === true,
      canBeRequiredByUsers: id => publicModules[id] === true,
      canBeRequiredByUsersWithoutScheme: id => publicModules[id] === true,
      normalizeRequirableId: nothing,
      getSchemeOnlyModuleNames: () => []
    }
  }),

  'internal/event_target': () => {
    const {
      CustomEvent, Event, EventTarget, NodeEventTarget, defineEventHandler, initEventTarget, kCreateEvent, kEvents, kNewListener,
      kRemoveListener
    } = require('../event-target')
    return {
      CustomEvent,
      Event,
      EventTarget,
      NodeEventTarget,
      defineEventHandler,
      initEventTarget: target => { initEventTarget(target) },
      initNodeEventTarget: nothing,
      isEventTarget: value => value?.constructor?.[kIsEventTarget] === true || isInstance(EventTarget, value),
      kCreateEvent,
      kEvents,
      kIsEventTarget,
      kMaxEventTargetListeners: Symbol('events.maxEventTargetListeners'),
      kMaxEventTargetListenersWarned: Symbol('events.maxEventTargetListenersWarned'),
      kNewListener,
      kRemoveListener,
      kResistStopPropagation: Symbol('kResistStopPropagation'),
      kTarget: Symbol('kTarget'),
      kTrustEvent: Symbol('kTrustEvent'),
      kWeakHandler: Symbol('kWeakHandler')
    }
  },

  'internal/abort_controller': () => {
    const { AbortController, AbortSignal } = require('../abort')
    return {
      AbortController,
      AbortSignal,
      aborted,
      transferableAbortController: () => new AbortController(),
      transferableAbortSignal: signal => signal
    }
  },

  'internal/encoding': () => {
    const { TextDecoder, TextEncoder } = require('../text-encoding')
    let decoder
    return {
      TextDecoder,
      TextEncoder,
      getEncodingFromLabel: nothing,
      getUtf8Decoder: () => decoder ??= new TextDecoder(),
      encodings: new SafeMap()
    }
  },

  'internal/options': ({ internalBinding }) => {
    const values = internalBinding('options').getCLIOptionsValues()
    return {
      getOptionValue: name => values[name],
      getEmbedderOptions: () => ({ __proto__: null }),
      getAllowUnauthorized: () => false,
      refreshOptions: nothing
    }
  },

  'internal/perf/utils': () => {
    const { timeOrigin, now } = require('../performance')
    return {
      now,
      isBootstrapping: () => false,
      toHighResTimestamp: now,
      getMilestoneTimestamp: () => 0,
      getTimeOriginTimestamp: timeOrigin,
      refreshTimeOrigin: nothing
    }
  },

  'internal/process/per_thread': ({ process }) => ({ platform: process.platform }),
  'internal/process/task_queues': ({ process }) => ({
    nextTick: process.nextTick, queueMicrotask: process.nextTick, runNextTicks: nothing
  }),
  'internal/process/warning': ({ process }) => ({ emitWarning: process.emitWarning, emitWarningSync: process.emitWarning }),
  'internal/source_map/source_map_cache': () => ({
    getSourceMapsSupport: () => ({ __proto__: null, enabled: false }), findSourceMap: nothing
  }),
  'internal/worker/io': () => {
    const { MessageChannel, MessagePort } = require('../../core/message-port')
    return { MessageChannel, MessagePort }
  },

  timers: ({ requireNode }) => require('./timers')(requireNode).timers,
  'internal/timers': ({ requireNode }) => require('./timers')(requireNode).internalTimers,

  // For a RegExp of a realm that no program changes.
  vm: ({ getPrimordials }) => ({ runInNewContext: () => ({ RegExp: getPrimordials().RegExp }) })
}

const kIsEventTarget = Symbol('kIsEventTarget')

// https://nodejs.org/api/util.html#utilabortedsignal-resource
async function aborted (signal, resource) {
  const { AbortSignal } = require('../abort')
  if (!isInstance(AbortSignal, signal)) throw invalidArgType('signal', 'an instance of AbortSignal', signal)
  if (typeof resource !== 'object' || resource === null) throw invalidArgType('resource', 'of type object', resource)
  if (signal.aborted) return undefined
  return new Promise(resolve => signal.addEventListener('abort', resolve, { __proto__: null, once: true }))
}

function addPublicModules (names) {
  for (let index = 0; index < names.length; index++) publicModules[names[index]] = true
}

module.exports = { substitutes, addPublicModules }
