'use strict'

// Adapts the worker's process object. The environment was created as the owner of the process, which a worker must not be.
// https://nodejs.org/api/worker_threads.html#class-worker lists the differences.

const {
  ArrayPrototypeConcat, ArrayPrototypeForEach, ArrayPrototypeMap, ObjectDefineProperty, ObjectKeys, ReflectApply, StringPrototypeStartsWith
} = require('../../core/primordials')
const { nodeMajor } = require('../../core/platform')
const { process } = require('../internals')
const { useOwnVariables, useSharedVariables } = require('../environment-variables')
const { followWorkingDirectory } = require('../working-directory')
const { control } = require('../../core/protocol')
const { native, self } = require('../../core/realm')

const unsupported = ['abort', 'chdir', 'initgroups', 'setgroups', 'setegid', 'seteuid', 'setgid', 'setuid']

/**
 * @param {object} internals Node's internals, as collected by preload.js
 * @param {object} start the parent's first message
 * @param {{ send: Function, setWaiting: Function }} parent
 * @returns {{ stdout?: WritableStdio, stderr?: WritableStdio }} filled on first use
 */
function setUpProcess (internals, start, parent) {
  if (!internals.hasVariables) setVariables(internals, start)
  refuseProcessState(internals)
  ignoreSignals(internals)
  unloadAddonsAtEnd(internals)
  noteUseOfLocks(internals)
  writeHeapSnapshotsNearLimit(internals)
  if (start.execArgv !== undefined) process.execArgv = start.execArgv
  process.argv = argvOf(start)
  followWorkingDirectory(start.directoryCounter)
  return setUpStreams(start.hasStdin, start.entry.type === 'pool', parent)
}

function argvOf ({ entry, argv }) {
  const all = [process.execPath]
  const name = nameOfEntry(entry)
  if (name !== undefined) all[1] = name
  return argv === undefined ? all : ArrayPrototypeConcat(all, argv)
}

function nameOfEntry (entry) {
  if (entry.type === 'file') return entry.path
  if (entry.type === 'pool' && entry.url !== undefined && StringPrototypeStartsWith(entry.url, 'file:')) {
    return require('node:url').fileURLToPath(entry.url)
  }
  return entry.type === 'eval' ? '[worker eval]' : undefined
}

function refuseProcessState ({ unavailable, codes, internalBinding }) {
  ArrayPrototypeForEach(unsupported, name => {
    if (name in process) process[name] = unavailable(`process.${name}()`)
  })
  const { umask } = process
  process.umask = function wrappedUmask (mask) {
    if (mask !== undefined) throw new codes.ERR_WORKER_UNSUPPORTED_OPERATION('Setting process.umask()')
    return umask()
  }
  ArrayPrototypeForEach(['title', 'debugPort'], name => {
    const value = process[name]
    const descriptor = nodeMajor >= 24 ? { value, writable: true } : { get: () => value, set () {} }
    ObjectDefineProperty(process, name, { __proto__: null, ...descriptor, configurable: true, enumerable: true })
  })
  delete process._debugProcess
  delete process._debugEnd
  delete process._startProfilerIdleNotifier
  delete process._stopProfilerIdleNotifier
  if (process.env.NODE_CHANNEL_FD) refuseChannel(unavailable)
  if (process.execve) {
    process.execve = function execve () { throw new codes.ERR_WORKER_UNSUPPORTED_OPERATION('Calling process.execve') }
    ObjectDefineProperty(process.execve, 'length', { __proto__: null, value: 1 })
  }
  // The snapshot has the main thread's. Read by locks.query().
  internalBinding('worker').threadId = self.threadId
  // Read by crypto.setFips() and trace_events, which would end the process.
  internalBinding('worker').ownsProcessState = false
}

// As in Node. The variable says that the channel to the parent process is the main thread's.
function refuseChannel (unavailable) {
  ArrayPrototypeForEach(['channel', 'connected'], name => {
    ObjectDefineProperty(process, name, { __proto__: null, get: unavailable(`process.${name}`) })
  })
  ArrayPrototypeForEach(['send', 'disconnect'], name => { process[name] = unavailable(`process.${name}()`) })
}

// Where Node does not take them at the creation of an environment.
function setVariables (internals, { env }) {
  if (self.variables) useSharedVariables(self.variables)
  else if (env !== undefined) useOwnVariables(env)
  giveVariablesToChildren(internals)
}

// From Node 26.12 on, child processes without an explicit env get the variables of the process instead of process.env.
function giveVariablesToChildren ({ BuiltinModule, internalBinding }) {
  const childProcess = BuiltinModule.map.get('child_process')
  childProcess.compileForInternalLoader = () => {
    delete childProcess.compileForInternalLoader
    const processes = internalBinding('process_wrap')
    if (processes.getEnvPairs) {
      processes.getEnvPairs = () => ArrayPrototypeMap(ObjectKeys(process.env), name => `${name}=${process.env[name]}`)
    }
    return childProcess.compileForInternalLoader()
  }
}

// Node does the same for its own workers.
function unloadAddonsAtEnd ({ addonLoaded }) {
  const { dlopen } = process
  process.dlopen = function (...args) {
    const result = ReflectApply(dlopen, process, args)
    addonLoaded(args[1])
    return result
  }
  ObjectDefineProperty(process.dlopen, 'name', { __proto__: null, value: 'dlopen' })
}

// For the parent: see ../locks.js.
function noteUseOfLocks ({ BuiltinModule }) {
  const locks = BuiltinModule.map.get('internal/locks')
  if (locks === undefined) return
  locks.compileForInternalLoader = () => {
    delete locks.compileForInternalLoader
    native.noteHostLocks()
    return locks.compileForInternalLoader()
  }
}

// https://nodejs.org/api/v8.html#v8setheapsnapshotnearheaplimitlimit
function writeHeapSnapshotsNearLimit ({ BuiltinModule, internalBinding, getOptionValue }) {
  const write = count => native.setHeapSnapshotNearHeapLimit(count, self.threadId, getOptionValue('--diagnostic-dir') || undefined)
  const count = getOptionValue('--heapsnapshot-near-heap-limit')
  if (count > 0) write(count)
  const v8 = BuiltinModule.map.get('v8')
  v8.compileForInternalLoader = () => {
    delete v8.compileForInternalLoader
    const binding = internalBinding('v8')
    const { setHeapSnapshotNearHeapLimit } = binding
    binding.setHeapSnapshotNearHeapLimit = count => {
      // Without the permission, Node's own function throws its error.
      const directory = getOptionValue('--diagnostic-dir') || process.cwd()
      const isForbidden = nodeMajor >= 24 && process.permission?.has('fs.write', directory) === false
      return isForbidden ? setHeapSnapshotNearHeapLimit(count) : write(count)
    }
    return v8.compileForInternalLoader()
  }
}

function ignoreSignals ({ signal, internalBinding }) {
  const { signals } = internalBinding('constants').os
  // Listeners for --heapsnapshot-signal and --report-on-signal. The main thread has its own.
  ArrayPrototypeForEach(process.eventNames(), name => {
    if (name in signals) process.removeAllListeners(name)
  })
  process.removeListener('newListener', signal.startListeningIfSignal)
  process.removeListener('removeListener', signal.stopListeningIfSignal)
}

// Loaded late, because it loads all of Node's streams.
function stdio () {
  return require('../worker-stdio')
}

// A pool ends a worker without waiting for its output. Output up to this length is sent without a request.
const AHEAD_IN_POOL = 2 ** 20

function setUpStreams (hasStdin, isInPool, { send, setWaiting }) {
  const streams = { __proto__: null, stdin: undefined, stdout: undefined, stderr: undefined }
  const ahead = isInPool ? AHEAD_IN_POOL : 0
  const output = stream => {
    streams[stream] ??= new (stdio().WritableStdio)(chunks => send({ type: control.output, stream, chunks }), setWaiting, ahead)
    return streams[stream]
  }
  const input = () => {
    if (streams.stdin === undefined) {
      streams.stdin = new (stdio().WorkerStdin)(() => send({ type: control.wantsInput }), setWaiting)
      // Ended from the start: reading it keeps nothing alive.
      if (!hasStdin) streams.stdin.push(null)
    }
    return streams.stdin
  }
  define('stdout', function getStdout () { return output('stdout') })
  define('stderr', function getStderr () { return output('stderr') })
  define('stdin', function getStdin () { return input() })
  // Sends the buffered output at once; process._exiting is set.
  process.on('exit', () => {
    streams.stdout?.release()
    streams.stderr?.release()
  })
  return streams
}

function define (name, get) {
  ObjectDefineProperty(process, name, { __proto__: null, get, configurable: true, enumerable: true })
}

module.exports = { setUpProcess }
