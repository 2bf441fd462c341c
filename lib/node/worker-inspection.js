'use strict'

// Looking into a worker from its parent: https://nodejs.org/api/worker_threads.html#workergetheapsnapshotoptions and the methods
// around it. The worker's thread answers, in the middle of its JavaScript if it has to (src/runtime/node/inspection.rs).

const { Error, MathFloor, NumberMAX_SAFE_INTEGER, SymbolAsyncDispose } = require('../core/primordials')
const { nodeMajor } = require('../core/platform')
const { nodeError } = require('../core/errors')
const { whenEnded } = require('../core/operations')
const { native } = require('../core/realm')
const { checkBoolean, checkInteger, checkNumber, checkObject, checkString } = require('../core/validators')

const messages = {
  __proto__: null,
  ERR_WORKER_NOT_RUNNING: 'Worker instance not running',
  ERR_CPU_PROFILE_ALREADY_STARTED: 'CPU profile already started',
  ERR_CPU_PROFILE_TOO_MANY: 'There are too many CPU profiles',
  ERR_CPU_PROFILE_NOT_STARTED: 'CPU profile not started',
  ERR_HEAP_PROFILE_HAVE_BEEN_STARTED: 'heap profiler have been started',
  ERR_HEAP_PROFILE_NOT_STARTED: 'heap profile not started',
  ERR_HEAP_SNAPSHOT_FAILED: 'V8 could not create a heap snapshot',
  ERR_OPERATION_FAILED: 'Operation failed: the system does not tell the processor time of a thread'
}

// The properties of v8.getHeapStatistics(), in the order of the native half.
const statistics = [
  'total_heap_size', 'total_heap_size_executable', 'total_physical_size', 'total_available_size', 'used_heap_size', 'heap_size_limit',
  'malloced_memory', 'peak_malloced_memory', 'does_zap_garbage', 'number_of_native_contexts', 'number_of_detached_contexts',
  'total_global_handles_size', 'used_global_handles_size', 'external_memory', 'total_allocated_bytes'
]
const statisticCount = nodeMajor >= 26 ? statistics.length : statistics.length - 1

const MOST_SAMPLES = 0xFFFFFFFF
const MOST_MICROSECONDS = 0x7FFFFFFF
const MOST_STACK_DEPTH = 0x7FFFFFFF
const DEFAULT_SAMPLE_INTERVAL = 512 * 1024
const DEFAULT_STACK_DEPTH = 16

// The flags of V8's sampling heap profiler.
const FORCE_GC = 1
const INCLUDE_COLLECTED_BY_MAJOR_GC = 2
const INCLUDE_COLLECTED_BY_MINOR_GC = 4

function errorOf (code) {
  return nodeError(Error, code, messages[code] ?? code)
}

function notRunning () {
  return errorOf('ERR_WORKER_NOT_RUNNING')
}

/** A profile that is being recorded. */
class ProfileHandle {
  #stop
  #profile

  constructor (stop) {
    this.#stop = stop
  }

  /** @returns {Promise<string>} the profile as JSON; the same promise each time */
  stop () {
    return this.#profile ??= this.#stop()
  }

  async [SymbolAsyncDispose] () {
    await this.stop()
  }
}

class CPUProfileHandle extends ProfileHandle {
  constructor (stop) { super(stop) }
}

class HeapProfileHandle extends ProfileHandle {
  constructor (stop) { super(stop) }
}

/** What a Worker's methods do. They throw for invalid arguments; everything else rejects. */
class WorkerInspection {
  #keyOf
  #isNative

  /**
   * @param {() => number | null} keyOf the worker's native key; null after its end
   * @param {boolean} isNative it is written in Rust
   */
  constructor (keyOf, isNative) {
    this.#keyOf = keyOf
    this.#isNative = isNative
  }

  getHeapSnapshot (options = {}) {
    checkObject(options, 'options')
    const { exposeInternals = false, exposeNumericValues = false } = options
    checkBoolean(exposeInternals, 'options.exposeInternals')
    checkBoolean(exposeNumericValues, 'options.exposeNumericValues')
    return this.#request(
      key => native.takeWorkerHeapSnapshot(key, exposeInternals, exposeNumericValues),
      pieces => new (require('./heap-snapshot-stream').HeapSnapshotStream)(pieces)
    )
  }

  getHeapStatistics () {
    return this.#request(native.workerHeapStatistics, numbers => {
      const named = { __proto__: null }
      for (let index = 0; index < statisticCount; index++) named[statistics[index]] = numbers[index]
      // Node's own has a boolean here, and v8.getHeapStatistics(), the only one on Node 20, a number.
      if (nodeMajor >= 22) named.does_zap_garbage = named.does_zap_garbage !== 0
      return named
    })
  }

  cpuUsage (prev) {
    if (prev) {
      checkObject(prev, 'prev')
      checkNumber(prev.user, 'prev.user', 0, NumberMAX_SAFE_INTEGER)
      checkNumber(prev.system, 'prev.system', 0, NumberMAX_SAFE_INTEGER)
    }
    const { user = 0, system = 0 } = prev || {}
    const since = times => ({ user: times[0] - user, system: times[1] - system })
    return this.#isNative ? this.#threadUsage(since) : this.#request(native.workerCpuUsage, since)
  }

  // The system knows it. Nothing in a function of Rust could answer.
  async #threadUsage (since) {
    const key = this.#keyOf()
    const times = key === null ? null : native.workerThreadTimes(key)
    if (times === null) throw notRunning()
    return since(times)
  }

  startCpuProfile (options) {
    const { name, mostSamples, microseconds } = readCpuProfileOptions(options)
    return this.#request(
      key => native.startWorkerCpuProfile(key, name, mostSamples, microseconds),
      id => new CPUProfileHandle(() => this.#request(key => native.stopWorkerCpuProfile(key, id)))
    )
  }

  startHeapProfile (options = {}) {
    checkObject(options, 'options')
    const {
      sampleInterval = DEFAULT_SAMPLE_INTERVAL, stackDepth = DEFAULT_STACK_DEPTH, forceGC = false,
      includeObjectsCollectedByMajorGC = false, includeObjectsCollectedByMinorGC = false
    } = options
    checkInteger(sampleInterval, 'options.sampleInterval', 1)
    checkInteger(stackDepth, 'options.stackDepth', 0, MOST_STACK_DEPTH)
    checkBoolean(forceGC, 'options.forceGC')
    checkBoolean(includeObjectsCollectedByMajorGC, 'options.includeObjectsCollectedByMajorGC')
    checkBoolean(includeObjectsCollectedByMinorGC, 'options.includeObjectsCollectedByMinorGC')
    const flags = (forceGC ? FORCE_GC : 0) |
      (includeObjectsCollectedByMajorGC ? INCLUDE_COLLECTED_BY_MAJOR_GC : 0) |
      (includeObjectsCollectedByMinorGC ? INCLUDE_COLLECTED_BY_MINOR_GC : 0)
    return this.#request(
      key => native.startWorkerHeapProfile(key, sampleInterval, stackDepth, flags),
      () => new HeapProfileHandle(() => this.#request(native.stopWorkerHeapProfile))
    )
  }

  eventLoopUtilization (util1, util2) {
    const key = this.#keyOf()
    const times = key === null ? null : native.workerLoopTimes(key)
    if (times === null) return { idle: 0, active: 0, utilization: 0 }
    if (util2) return utilization(util1.idle - util2.idle, util1.active - util2.active)
    const idle = times[1]
    const active = times[2] - times[0] - idle
    return util1 ? utilization(idle - util1.idle, active - util1.active) : utilization(idle, active)
  }

  /**
   * @param {(key: number) => number} begin begins the operation
   * @param {(result: unknown) => unknown} convert
   */
  async #request (begin, convert = result => result) {
    const key = this.#keyOf()
    if (key === null) throw notRunning()
    if (this.#isNative) {
      throw nodeError(Error, 'ERR_ISOTHREADS_NATIVE_UNSUPPORTED', 'A worker written in Rust has no JavaScript heap and no profiler')
    }
    let result
    try {
      result = await whenEnded(begin(key))
    } catch (error) {
      throw errorOf(error.message)
    }
    return convert(result)
  }
}

function utilization (idle, active) {
  return { idle, active, utilization: active / (idle + active) }
}

/** Node 22 takes a name, and later versions take options. Node 20 has no such method. */
function readCpuProfileOptions (options) {
  if (nodeMajor === 22) {
    checkString(options, 'name')
    return { name: options, mostSamples: MOST_SAMPLES, microseconds: 0 }
  }
  const { sampleInterval = 0, maxBufferSize = MOST_SAMPLES } = options === undefined ? {} : objectOf(options)
  checkNumber(sampleInterval, 'options.sampleInterval', 0, MOST_MICROSECONDS / 1000)
  checkNumber(maxBufferSize, 'options.maxBufferSize', 1, MOST_SAMPLES)
  const microseconds = MathFloor(sampleInterval * 1000)
  return {
    name: undefined,
    mostSamples: MathFloor(maxBufferSize),
    microseconds: sampleInterval > 0 && microseconds === 0 ? 1 : microseconds
  }
}

function objectOf (options) {
  checkObject(options, 'options')
  return options
}

module.exports = { WorkerInspection }
