'use strict'

// What every lock promises, whatever it is called: the tests of a Mutex, of a RwLock that is written,
// and of a Semaphore with one permit.

const path = require('node:path')
const { once } = require('node:events')
const { Worker: NodeWorker } = require('node:worker_threads')
const { bounded, cloneRoutes, describeError, nextMessage, nodeMajor, startWorker, thrownBy, typeError } = require('./helpers')
const { endsCleanly, runProgram } = require('./run-process')
const { start: startNative } = require('./native-helpers')

const packageRoot = JSON.stringify(path.join(__dirname, '..'))
const WAITING = 1 << 30
const blockMainThread = true

const timedOut = { code: 'ERR_ISOTHREADS_TIMEOUT' }
const deadlock = { code: 'ERR_ISOTHREADS_DEADLOCK' }

/** Waits until a waiter is in the lock's queue. */
async function someoneWaits (lock) {
  const word = new Int32Array(lock.buffer, lock.byteOffset, 1)
  while ((Atomics.load(word, 0) & WAITING) === 0) await new Promise(resolve => setImmediate(resolve))
}

/**
 * Everything that a worker posts until it is gone.
 * @param {import('node:events').EventEmitter} worker
 * @returns {Promise<unknown[]>}
 */
function allOf (worker) {
  return new Promise((resolve, reject) => {
    const messages = []
    worker.on('message', message => messages.push(message))
    worker.once('error', reject)
    worker.once('exit', () => resolve(messages))
  })
}

/** What a worker's code begins with: `lock`, `take(options)`, `takeAsync(options)`, `tryTake()`, `post(value)`. */
function prelude ({ method, count = '' }) {
  return `
    const { parentPort, workerData } = require('worker_threads')
    const post = value => parentPort.postMessage(value)
    const { lock } = workerData
    const take = options => lock.${method}(${count}options)
    const takeAsync = options => lock.${method}Async(${count}options)
    const sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  `
}

/**
 * @param {import('ava').TestFn} avaTest
 * @param {object} kind
 * @param {Function} kind.Class
 * @param {(buffer?: SharedArrayBuffer, byteOffset?: number) => object} kind.create
 * @param {string} kind.method the blocking one that takes it for one thread alone
 * @param {string} kind.tryMethod
 * @param {string} [kind.count] its first argument
 */
function exclusiveCases (avaTest, kind) {
  const { Class, create, method, tryMethod } = kind
  const test = (title, body) => bounded(avaTest)(`${Class.name}.${method}: ${title}`, body)
  const takeSync = (lock, options) => kind.count ? lock[method](1, options) : lock[method](options)
  const take = (lock, options) => takeSync(lock, { blockMainThread, ...options })
  const takeAsync = (lock, options) => kind.count ? lock[`${method}Async`](1, options) : lock[`${method}Async`](options)
  const tryTake = lock => lock[tryMethod]()
  const start = (t, code, workerData, options) => startWorker(t, prelude(kind) + code, { ...options, workerData })

  function isFree (t, lock) {
    const guard = tryTake(lock)
    t.truthy(guard)
    t.false(guard.poisoned)
    guard.release()
  }

  // A worker that has the lock.
  async function holderOf (t, lock, thenDo = 'sleep()', options) {
    const worker = start(t, `globalThis.guard = take(); post('has it'); ${thenDo}`, { lock }, options)
    worker.on('error', () => {})
    await nextMessage(worker)
    return worker
  }

  test('a lock is taken and given back, in each of its ways', async (t) => {
    const lock = create()
    for (const way of [take, tryTake, takeAsync]) {
      const guard = await way(lock)
      t.true(guard.held)
      t.false(guard.poisoned)
      t.is(tryTake(lock), null)
      guard.release()
      t.false(guard.held)
      isFree(t, lock)
    }
  })

  test('a guard that is released twice does not release what somebody has after it', (t) => {
    const lock = create()
    const first = take(lock)
    first.release()
    const second = take(lock)
    first.release()
    first[Symbol.dispose]()
    t.is(tryTake(lock), null)
    second[Symbol.dispose]()
    isFree(t, lock)
  })

  if (nodeMajor >= 24) {
    test('using releases it at the end of the block', (t) => {
      const lock = create()
      // eslint-disable-next-line no-new-func -- a syntax that older versions do not have
      const inside = new Function('lock', 'take', 'tryTake', '{ using guard = take(lock); return [guard.held, tryTake(lock)] }')
      t.deepEqual(inside(lock, take, tryTake), [true, null])
      isFree(t, lock)
    })
  }

  test('it has memory of its own, or is in the one that it is given, fixed or growable', (t) => {
    const own = create()
    t.is(own.buffer.byteLength, Class.byteLength)
    t.is(own.byteOffset, 0)
    t.is(own.byteLength, Class.byteLength)
    const growable = new SharedArrayBuffer(32, { maxByteLength: 64 })
    for (const buffer of [new SharedArrayBuffer(32), growable]) {
      const lock = create(buffer, 12)
      t.is(lock.buffer, buffer)
      t.is(lock.byteOffset, 12)
      const guard = take(lock)
      // Zeroed bytes next to it are another one.
      isFree(t, create(buffer, 24))
      if (buffer.growable) buffer.grow(64)
      t.is(tryTake(create(buffer, 12)), null)
      guard.release()
      isFree(t, create(buffer, 12))
      t.true(new Uint8Array(buffer, 0, 12).every(byte => byte === 0))
    }
  })

  for (const [route, send] of Object.entries(cloneRoutes)) {
    test(`it stays what it is through ${route}, in something else too`, async (t) => {
      const lock = create(new SharedArrayBuffer(32), 4)
      const guard = take(lock)
      const { nested: [same], lock: again } = await send(t, { nested: [lock], lock })
      t.is(same, again)
      t.true(same instanceof Class)
      t.is(same.byteOffset, 4)
      t.is(tryTake(same), null)
      guard.release()
      take(same)
      t.is(tryTake(lock), null)
    })
  }

  test('plain increments by workers and an event loop are exact', async (t) => {
    const lock = create()
    const number = new Int32Array(new SharedArrayBuffer(4))
    const workers = [1, 2, 3].map(() => start(t, `
      for (let i = 0; i < 20_000; i++) {
        const guard = take()
        workerData.number[0]++
        guard.release()
      }
    `, { lock, number }))
    const ended = Promise.all(workers.map(worker => once(worker, 'exit')))
    for (let i = 0; i < 500; i++) {
      const guard = await takeAsync(lock)
      number[0]++
      guard.release()
    }
    await ended
    t.is(number[0], 60_500)
    isFree(t, lock)
  })

  test('plain increments by a worker and by Rust threads are exact', async (t) => {
    const lock = create(new SharedArrayBuffer(32), 8)
    const number = new BigInt64Array(new SharedArrayBuffer(8))
    const worker = start(t, `
      for (let i = 0; i < 20_000; i++) {
        const guard = take()
        workerData.number[0]++
        guard.release()
      }
    `, { lock, number })
    const rust = startNative(t, 'hammer_lock', { workerData: { lock: { [Class.name]: lock }, number, threads: 2, times: 20_000 } })
    await Promise.all([once(rust, 'message'), once(worker, 'exit')])
    t.is(number[0], 60_000n)
    isFree(t, lock)
  })

  test('nobody starves: not an event loop, not a thread, beside two that hammer', async (t) => {
    const lock = create()
    const isDone = new Int32Array(new SharedArrayBuffer(4))
    const hammers = [1, 2].map(() => start(t, `
      post('hammering')
      while (Atomics.load(workerData.isDone, 0) === 0) take().release()
    `, { lock, isDone }))
    await Promise.all(hammers.map(nextMessage))
    const thread = start(t, 'for (let i = 0; i < 100; i++) take().release(); post(\'done\')', { lock })
    const threadDone = nextMessage(thread)
    for (let i = 0; i < 100; i++) (await takeAsync(lock)).release()
    t.is(await threadDone, 'done')
    Atomics.store(isDone, 0, 1)
    await Promise.all(hammers.map(worker => once(worker, 'exit')))
    isFree(t, lock)
  })

  test('a timeout ends the waiting, and nothing else', async (t) => {
    const lock = create()
    const guard = take(lock)
    for (const timeout of [0, 5]) await t.throwsAsync(takeAsync(lock, { timeout }), timedOut)
    const worker = start(t, `
      for (const timeout of [0, 5]) try { take({ timeout }) } catch (error) { post(error.code) }
      take({ timeout: 1e10 }).release()
      post('got it')
    `, { lock })
    const messages = []
    worker.on('message', message => messages.push(message))
    while (messages.length < 2) await once(worker, 'message')
    await someoneWaits(lock)
    guard.release()
    await once(worker, 'exit')
    t.deepEqual(messages, [timedOut.code, timedOut.code, 'got it'])
    const later = await takeAsync(lock, { timeout: 1e10 })
    later.release()
    isFree(t, lock)
  })

  test('a signal before, or while it waits, rejects with its reason', async (t) => {
    const lock = create()
    const reason = new Error('no longer')
    await t.throwsAsync(takeAsync(lock, { signal: AbortSignal.abort(reason) }), { is: reason })
    t.is(thrownBy(() => take(lock, { signal: AbortSignal.abort(reason) })), reason)
    isFree(t, lock)
    const guard = take(lock)
    const controller = new AbortController()
    const waiting = takeAsync(lock, { signal: controller.signal, timeout: 1e6 })
    controller.abort()
    t.is(await waiting.catch(error => error.name), 'AbortError')
    guard.release()
    isFree(t, lock)
  })

  test('a signal that comes when it was given comes too late', async (t) => {
    const lock = create()
    const guard = take(lock)
    const controller = new AbortController()
    const waiting = takeAsync(lock, { signal: controller.signal })
    guard.release()
    controller.abort()
    const given = await waiting
    t.true(given.held)
    given.release()
    isFree(t, lock)
  })

  test('a signal that races with a release leaves nothing behind', async (t) => {
    const lock = create()
    const turn = new Int32Array(new SharedArrayBuffer(4))
    const ROUNDS = 300
    const worker = start(t, `
      for (let round = 1; round <= ${ROUNDS}; round++) {
        const guard = take()
        Atomics.store(workerData.turn, 0, round)
        while (Atomics.load(workerData.turn, 0) === round);
        guard.release()
        while (Atomics.load(workerData.turn, 0) !== 0);
      }
    `, { lock, turn })
    const exited = once(worker, 'exit')
    let given = 0
    for (let round = 1; round <= ROUNDS; round++) {
      while (Atomics.load(turn, 0) !== round) await new Promise(resolve => setImmediate(resolve))
      const controller = new AbortController()
      const waiting = takeAsync(lock, { signal: controller.signal })
      Atomics.store(turn, 0, -1)
      for (let spin = 0; spin < round * 20; spin++) Atomics.load(turn, 0)
      controller.abort()
      await waiting.then((guard) => {
        given++
        guard.release()
      }, () => {})
      Atomics.store(turn, 0, 0)
    }
    await exited
    t.true(given >= 0 && given <= ROUNDS)
    isFree(t, lock)
  })

  const deaths = {
    'is terminated': worker => worker.terminate(),
    'calls process.exit()': 'process.exit()',
    'throws': 'throw new Error("uncaught")',
    'runs out of memory': 'const all = []; for (;;) all.push({ a: [1] })',
    'comes to its end': ''
  }
  for (const [death, cause] of Object.entries(deaths)) {
    test(`when the worker that has it ${death}, a thread gets it and is told, and nobody after`, async (t) => {
      const lock = create()
      const after = typeof cause === 'function' ? 'sleep()' : `parentPort.once('message', () => { ${cause} })`
      const options = { resourceLimits: { maxOldGenerationSizeMb: 32 } }
      const holder = await holderOf(t, lock, after, options)
      const heir = start(t, 'const guard = take(); post(guard.poisoned); guard.release()', { lock })
      const told = allOf(heir)
      await someoneWaits(lock)
      if (typeof cause === 'function') await cause(holder)
      else holder.postMessage('go')
      t.deepEqual(await told, [true])
      isFree(t, lock)
    })

    test(`when the worker that has it ${death}, an event loop gets it and is told`, async (t) => {
      const lock = create()
      const after = typeof cause === 'function' ? 'sleep()' : `parentPort.once('message', () => { ${cause} })`
      const holder = await holderOf(t, lock, after, { resourceLimits: { maxOldGenerationSizeMb: 32 } })
      const waiting = takeAsync(lock)
      if (typeof cause === 'function') await cause(holder)
      else holder.postMessage('go')
      const guard = await waiting
      t.true(guard.poisoned)
      guard.release()
      isFree(t, lock)
    })
  }

  test('whoever comes after the death of its holder is told', async (t) => {
    for (const next of [take, tryTake, takeAsync]) {
      const lock = create()
      await (await holderOf(t, lock)).terminate()
      const guard = await next(lock)
      t.true(guard.poisoned)
      guard.release()
      isFree(t, lock)
    }
  })

  test('a worker that was given it without hearing of it does not take it along', async (t) => {
    const lock = create()
    const guard = take(lock)
    const worker = start(t, 'takeAsync(); post(\'asked\'); setImmediate(() => { post(\'busy\'); for (;;); })', { lock })
    while (await nextMessage(worker) !== 'busy');
    guard.release()
    await worker.terminate()
    const next = await takeAsync(lock)
    next.release()
    isFree(t, lock)
  })

  for (const way of ['take()', 'takeAsync(); sleep()']) {
    test(`a worker that is terminated while it waits takes nothing along: ${way}`, async (t) => {
      const lock = create()
      const guard = take(lock)
      const dying = start(t, way, { lock })
      await someoneWaits(lock)
      const behind = start(t, 'const guard = take(); post(guard.poisoned); guard.release()', { lock })
      const told = allOf(behind)
      await dying.terminate()
      guard.release()
      t.deepEqual(await told, [false])
      isFree(t, lock)
    })
  }

  test('a release that races with the end of a waiter is not lost', async (t) => {
    const lock = create()
    for (let round = 0; round < 10; round++) {
      const guard = take(lock)
      const dying = start(t, 'take(); sleep()', { lock })
      await someoneWaits(lock)
      const ended = dying.terminate()
      guard.release()
      const next = await takeAsync(lock)
      next.release()
      await ended
    }
    isFree(t, lock)
  })

  test('on the main thread it blocks only where that is said', (t) => {
    const lock = create()
    t.throws(() => takeSync(lock), { code: 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD' })
    t.throws(() => takeSync(lock, {}), { code: 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD' })
    isFree(t, lock)
    const guard = take(lock)
    guard.release()
    isFree(t, lock)
  })

  test('bad arguments are refused before anything happens', async (t) => {
    t.like(thrownBy(() => create(new ArrayBuffer(16))), { code: 'ERR_INVALID_ARG_TYPE' })
    t.like(thrownBy(() => create(new Int32Array(new SharedArrayBuffer(16)))), { code: 'ERR_INVALID_ARG_TYPE' })
    t.like(thrownBy(() => create(undefined, 4)), { code: 'ERR_INVALID_ARG_VALUE' })
    t.like(thrownBy(() => create(new SharedArrayBuffer(16), '4')), { code: 'ERR_INVALID_ARG_TYPE' })
    for (const byteOffset of [-4, 2, 0.5, NaN, 16, 2 ** 53]) t.throws(() => create(new SharedArrayBuffer(16), byteOffset), { instanceOf: RangeError })
    const lock = create()
    const bad = [
      [null, 'ERR_INVALID_ARG_TYPE'], [5, 'ERR_INVALID_ARG_TYPE'], [{ timeout: '5' }, 'ERR_INVALID_ARG_TYPE'],
      [{ timeout: -1 }, 'ERR_INVALID_ARG_VALUE'], [{ timeout: NaN }, 'ERR_INVALID_ARG_VALUE'], [{ signal: {} }, 'ERR_INVALID_ARG_TYPE']
    ]
    for (const [options, code] of bad) {
      await t.throwsAsync(takeAsync(lock, options), { instanceOf: TypeError, code })
      if (typeof options === 'object' && options) t.throws(() => take(lock, options), { instanceOf: TypeError, code })
    }
    t.deepEqual(describeError(thrownBy(() => take(lock, { timeout: '5' }))),
      typeError('ERR_INVALID_ARG_TYPE', 'The "options.timeout" property must be of type number. Received type string (\'5\')'))
    isFree(t, lock)
  })

  const nodesWorker = code => `
    const workerThreads = require('node:worker_threads')
    const { ${Class.name} } = require(${packageRoot})
    const lock = workerThreads.workerData.isSemaphore
      ? new ${Class.name}(1, workerThreads.workerData.buffer)
      : new ${Class.name}(workerThreads.workerData.buffer)
    const post = value => workerThreads.parentPort.postMessage(value)
    const take = options => lock.${method}(${kind.count ?? ''}options)
    ${code}
  `
  function startNodes (t, code, lock) {
    const workerData = { buffer: lock.buffer, isSemaphore: Class.name === 'Semaphore' }
    const worker = new NodeWorker(nodesWorker(code), { eval: true, workerData })
    t.teardown(() => worker.terminate())
    return worker
  }

  test('a Worker of Node\'s own waits for it, and times out', async (t) => {
    const lock = create()
    const guard = take(lock)
    const worker = startNodes(t, `
      try { take({ timeout: 30 }) } catch (error) { post(error.code) }
      take().release()
      post('got it')
    `, lock)
    const messages = []
    worker.on('message', message => messages.push(message))
    await once(worker, 'message')
    await someoneWaits(lock)
    guard.release()
    await once(worker, 'exit')
    t.deepEqual(messages, [timedOut.code, 'got it'])
    isFree(t, lock)
  })

  test('a Worker of Node\'s own that waits can be terminated, and takes nothing along', async (t) => {
    const lock = create()
    const guard = take(lock)
    const worker = startNodes(t, 'take()', lock)
    await someoneWaits(lock)
    await worker.terminate()
    guard.release()
    isFree(t, lock)
  })

  test('a Worker of Node\'s own that has it can be terminated: the next one is told', async (t) => {
    const lock = create()
    const worker = startNodes(t, 'globalThis.guard = take(); post(\'has it\'); for (;;);', lock)
    await nextMessage(worker)
    const waiting = takeAsync(lock)
    await worker.terminate()
    const guard = await waiting
    t.true(guard.poisoned)
    guard.release()
    isFree(t, lock)
  })

  const construct = Class.name === 'Semaphore' ? 'new api.Semaphore(1)' : `new api.${Class.name}()`

  test('the main thread can end the process while workers wait', async (t) => {
    endsCleanly(t, await runProgram(`
      const lock = ${construct}
      const guard = lock.${tryMethod}()
      const workers = [1, 2].map(() => new Worker(${JSON.stringify(`${prelude(kind)}; take()`)}, { eval: true, workerData: { lock } }))
      await Promise.all(workers.map(worker => once(worker, 'online')))
      const word = new Int32Array(lock.buffer)
      while ((Atomics.load(word, 0) & ${WAITING}) === 0) await new Promise(resolve => setImmediate(resolve))
      process.exit(7)
    `), { code: 7 })
  })

  test('a process goes on while it waits, and no longer', async (t) => {
    endsCleanly(t, await runProgram(`
      const lock = ${construct}
      const worker = new Worker(${JSON.stringify(`${prelude(kind)}; const guard = take(); post(1); setTimeout(() => guard.release(), 20)`)}, { eval: true, workerData: { lock } })
      await once(worker, 'message')
      worker.unref()
      lock.${method}Async(${kind.count ?? ''}).then(() => console.log('has it'))
    `), { stdout: 'has it\n' })
  })

  test('locks that nobody has any more are forgotten, on both sides', async (t) => {
    // Keys of forgotten ones are reused, so a new key shows their number.
    const nextKey = `const nextKey = () => require(${JSON.stringify(require.resolve('../lib/node/binding'))}).addLock('Mutex', new SharedArrayBuffer(4), 0)`
    const { stdout, stderr } = await runProgram(`
      ${nextKey}
      const worker = new Worker(${JSON.stringify(`${nextKey}
        const { parentPort } = require('worker_threads')
        let count = 0
        parentPort.on('message', ({ lock }) => {
          lock.${tryMethod}()?.release()
          if (++count % 1000 === 0) {
            gc()
            setImmediate(() => parentPort.postMessage(nextKey()))
          }
        })
      `)}, { eval: true })
      const most = [0, 0]
      for (let i = 1; i <= 20_000; i++) {
        worker.postMessage({ lock: ${construct} })
        if (i % 1000 !== 0) continue
        const [key] = await once(worker, 'message')
        gc()
        await new Promise(resolve => setImmediate(resolve))
        most[0] = Math.max(most[0], nextKey())
        most[1] = Math.max(most[1], key)
      }
      console.log(JSON.stringify(most))
      await worker.terminate()
    `, { execArgv: ['--expose-gc'] })
    t.is(stderr, '')
    for (const most of JSON.parse(stdout)) t.true(most < 6000, stdout)
  })

  return { start, isFree, take, takeAsync, tryTake, holderOf }
}

module.exports = { exclusiveCases, someoneWaits, prelude, blockMainThread, timedOut, deadlock }
