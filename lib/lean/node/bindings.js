'use strict'

// Node's bindings, as far as the library files need them that a bare isolate runs. A binding is made when it is first asked for; the
// rest of its functions, which nothing here calls, are missing.

const {
  Float64Array, ObjectAssign, ObjectDefineProperty, Proxy, ReflectApply, SafeMap, SafeSet, StringPrototypeToWellFormed, Symbol,
  Uint32Array, Uint8Array, WeakRef, setOwn
} = require('../../core/primordials')
const { types } = require('../host')
const { coarseDate, now } = require('../clock')
const { functions } = require('./functions')
const { enqueueMicrotask } = require('../host')

const nothing = () => {}

// The private symbols of Node's env_properties.h that its library files use.
const privateSymbols = [
  'arrow_message_private_symbol', 'contextify_context_private_symbol', 'decorated_private_symbol', 'exit_info_private_symbol',
  'host_defined_option_symbol', 'transfer_mode_private_symbol', 'untransferable_object_private_symbol',
  'entry_point_module_private_symbol', 'entry_point_promise_private_symbol', 'module_source_private_symbol',
  'source_map_data_private_symbol'
]

function isBoxedPrimitive (value) {
  return types.isNumberObject(value) || types.isStringObject(value) || types.isBooleanObject(value) || types.isBigIntObject(value) ||
    types.isSymbolObject(value)
}

function defineLazyProperties ({ requireNode }, target, id, keys, isEnumerable = true) {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    ObjectDefineProperty(target, key, {
      __proto__: null,
      get () {
        const value = requireNode(id)[key]
        ObjectDefineProperty(target, key, { __proto__: null, value, writable: true, configurable: true, enumerable: isEnumerable })
        return value
      },
      set (value) { setOwn(target, key, value) },
      configurable: true,
      enumerable: isEnumerable
    })
  }
}

const strong = new SafeSet()

class WeakReference {
  #reference
  #count = 0

  constructor (object) {
    this.#reference = new WeakRef(object)
  }

  incRef () {
    if (++this.#count === 1) strong.add(this.get())
    return this.#count
  }

  decRef () {
    if (--this.#count === 0) strong.delete(this.get())
    return this.#count
  }

  get () { return this.#reference.deref() }
}

const symbolsOf = () => {
  const symbols = { __proto__: null }
  return new Proxy(symbols, { __proto__: null, get: (_, name) => symbols[name] ??= Symbol(name) })
}

const bindings = {
  __proto__: null,

  async_context_frame: () => {
    require('../async-context').context.start(functions.getContinuation, functions.setContinuation)
    return {
      getContinuationPreservedEmbedderData: functions.getContinuation,
      setContinuationPreservedEmbedderData: functions.setContinuation
    }
  },

  // Asynchronous resources have numbers, and no hooks.
  async_wrap: () => {
    const constants = {
      kInit: 0, kBefore: 1, kAfter: 2, kDestroy: 3, kPromiseResolve: 4, kTotals: 5, kCheck: 6, kStackLength: 7,
      kUsesExecutionAsyncResource: 8, kExecutionAsyncId: 0, kTriggerAsyncId: 1, kAsyncIdCounter: 2, kDefaultTriggerAsyncId: 3
    }
    const binding = {
      constants,
      async_hook_fields: new Uint32Array(9),
      async_id_fields: new Float64Array([1, 0, 1, -1]),
      async_ids_stack: new Float64Array(32),
      execution_async_resources: [],
      registerDestroyHook: nothing,
      setupHooks: nothing,
      setCallbackTrampoline: nothing,
      setPromiseHooks: nothing,
      getPromiseHooks: () => [undefined, undefined, undefined, undefined],
      clearAsyncIdStack: nothing,
      executionAsyncResource: nothing,
      Providers: {},
      // Node calls them for calls that are nested deeper than the array is long.
      pushAsyncContext (asyncId, triggerAsyncId) {
        const { async_hook_fields: fields, async_id_fields: ids } = binding
        const offset = fields[constants.kStackLength] * 2
        const { async_ids_stack: old } = binding
        if (offset >= old.length) {
          binding.async_ids_stack = new Float64Array(old.length * 2)
          for (let index = 0; index < old.length; index++) binding.async_ids_stack[index] = old[index]
        }
        binding.async_ids_stack[offset] = ids[0]
        binding.async_ids_stack[offset + 1] = ids[1]
        fields[constants.kStackLength]++
        ids[0] = asyncId
        ids[1] = triggerAsyncId
      },
      popAsyncContext () {
        const { async_hook_fields: fields, async_id_fields: ids } = binding
        if (fields[constants.kStackLength] === 0) return false
        const offset = --fields[constants.kStackLength] * 2
        ids[0] = binding.async_ids_stack[offset]
        ids[1] = binding.async_ids_stack[offset + 1]
        return offset > 0
      }
    }
    return binding
  },

  blob: () => require('./blob-binding').binding,
  buffer: () => require('./buffer-binding').binding,
  builtins: () => ({ natives: { __proto__: null }, builtinIds: [] }),
  config: () => ({ hasIntl: true, hasInspector: false, hasOpenSSL: false, hasTracing: false }),
  constants: () => ({
    os: { __proto__: null, signals: { __proto__: null }, errno: { __proto__: null }, UV_UDP_REUSEADDR: 4 },
    fs: { __proto__: null },
    zlib: { __proto__: null },
    crypto: { __proto__: null },
    trace: {
      TRACE_EVENT_PHASE_BEGIN: 66, TRACE_EVENT_PHASE_END: 69, TRACE_EVENT_PHASE_COUNTER: 67, TRACE_EVENT_PHASE_NESTABLE_ASYNC_BEGIN: 98,
      TRACE_EVENT_PHASE_NESTABLE_ASYNC_END: 101, TRACE_EVENT_PHASE_NESTABLE_ASYNC_INSTANT: 110
    }
  }),
  diagnostics_channel: () => ({ subscribers: new Uint32Array(64), linkNativeChannel: nothing, getOrCreateChannelIndex: () => 0 }),
  encoding_binding: () => require('./encoding-binding').binding,

  errors: () => ({
    setPrepareStackTraceCallback: nothing,
    setGetSourceMapErrorSource: nothing,
    setSourceMapsEnabled: nothing,
    setMaybeCacheGeneratedSourceMap: nothing,
    setEnhanceStackForFatalException: nothing,
    noSideEffectsToString: functions.noSideEffectsToString,
    triggerUncaughtException (error) { enqueueMicrotask(() => { throw error }) },
    getErrorSourcePositions: functions.getErrorSourcePositions,
    exitCodes: { __proto__: null, kNoFailure: 0, kGenericUserError: 1 },
    kNoFailure: 0,
    kGenericUserError: 1
  }),

  icu: ({ requireNode }) => ({
    icuErrName: number => `U_ERROR_${number}`,
    transcode: (source, from, to) => require('./buffer-binding').transcode(requireNode('buffer').Buffer, source, from, to),
    toASCII: text => require('./encoding-binding').binding.toASCII(text)
  }),

  messaging: ({ getPrimordials }) => ({
    get DOMException () { return require('../dom-exception').DOMException },
    get MessageChannel () { return require('../../core/message-port').MessageChannel },
    structuredClone (...args) { return ReflectApply(require('../../core/structured-clone').structuredClone, undefined, args) },
    setDeserializerCreateObjectFunction: nothing,
    getPrimordials
  }),

  mksnapshot: () => ({
    isBuildingSnapshotBuffer: new Uint8Array(1),
    setSerializeCallback: nothing,
    setDeserializeCallback: nothing,
    setDeserializeMainFunction: nothing,
    runEmbedderPreload: nothing,
    compileSerializeMain: nothing,
    anonymousMainPath: '__node_anonymous_main'
  }),

  options: () => ({
    getCLIOptionsValues: () => ({
      __proto__: null,
      '--async-context-frame': true,
      '--experimental-async-context-frame': true,
      '--stack-trace-limit': 10
    }),
    getCLIOptionsInfo: () => ({ options: new SafeMap(), aliases: new SafeMap() }),
    getOptionsAsFlags: () => [],
    getEmbedderOptions: () => ({ __proto__: null }),
    envSettings: { __proto__: null },
    types: { __proto__: null }
  }),

  performance: () => ({
    now,
    constants: { __proto__: null, NODE_PERFORMANCE_MILESTONE_TIME_ORIGIN: 0, NODE_PERFORMANCE_MILESTONE_TIME_ORIGIN_TIMESTAMP: 1 },
    milestones: new Float64Array(16),
    observerCounts: new Uint32Array(16),
    installGarbageCollectionTracking: nothing,
    removeGarbageCollectionTracking: nothing,
    notify: nothing,
    setupObservers: nothing,
    loopIdleTime: () => 0,
    getTimeOrigin: () => 0,
    getTimeOriginTimestamp: coarseDate,
    markBootstrapComplete: nothing
  }),

  permission: () => ({ has: () => false }),
  string_decoder: () => require('./string-decoder-binding').binding,
  symbols: symbolsOf,

  task_queue: () => ({
    tickInfo: new Uint8Array(2),
    enqueueMicrotask,
    runMicrotasks: nothing,
    setTickCallback: nothing,
    setPromiseRejectCallback: nothing,
    promiseRejectEvents: { __proto__: null }
  }),

  timers: () => ({
    immediateInfo: new Uint32Array(3),
    timerInfo: new Uint32Array(1),
    toggleImmediateRef: nothing,
    toggleTimerRef: nothing,
    scheduleTimer: nothing,
    getLibuvNow: now,
    setupTimers: nothing
  }),

  trace_events: () => ({
    getCategoryEnabledBuffer: () => new Uint8Array(1),
    isTraceCategoryEnabled: () => false,
    setTraceCategoryStateUpdateHandler: nothing,
    trace: nothing,
    usePerfetto: false,
    available: false
  }),

  types: () => ObjectAssign({}, types, { isBoxedPrimitive, isExternal: functions.isExternal, isEventTarget: () => false }),
  url: () => require('./url-binding').binding,
  // Node 24 and later.
  url_pattern: () => ({ URLPattern: undefined }),

  util: internals => ({
    constants: {
      kPending: 0, kFulfilled: 1, kRejected: 2, kExiting: 0, kExitCode: 1, kHasExitCode: 2,
      ALL_PROPERTIES: 0, ONLY_WRITABLE: 1, ONLY_ENUMERABLE: 2, ONLY_CONFIGURABLE: 4, SKIP_STRINGS: 8, SKIP_SYMBOLS: 16,
      kDisallowCloneAndTransfer: 0, kTransferable: 1, kCloneable: 2
    },
    privateSymbols: functions.privateSymbols(privateSymbols),
    shouldAbortOnUncaughtToggle: new Uint8Array(1),
    getOwnNonIndexProperties: functions.getOwnNonIndexProperties,
    getConstructorName: functions.getConstructorName,
    getPromiseDetails: functions.getPromiseDetails,
    getProxyDetails: functions.getProxyDetails,
    previewEntries: functions.previewEntries,
    isConstructor: functions.isConstructor,
    getExternalValue: () => 0n,
    getCallerLocation: nothing,
    getSystemErrorName: number => `Unknown system error ${number}`,
    guessHandleType: () => 'UNKNOWN',
    isInsideNodeModules: () => false,
    isArrayBufferDetached: buffer => buffer.detached,
    arrayBufferViewHasBuffer: () => true,
    getSharedArrayBufferGrowable () { return this.growable },
    sleep: nothing,
    toUSVString: text => StringPrototypeToWellFormed(text),
    defineLazyProperties: (...args) => defineLazyProperties(internals, args[0], args[1], args[2], args[3]),
    WeakReference
  }),

  uv: () => ({ errname: number => `Unknown system error ${number}`, getErrorMap: () => new SafeMap(), getErrorMessage: () => '' })
}

module.exports = { bindings }
