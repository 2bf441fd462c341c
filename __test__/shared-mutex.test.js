'use strict'

const avaTest = require('ava')
const { inspect } = require('node:util')
const { Mutex, bounded, nextMessage } = require('./helpers')
const { blockMainThread, deadlock, exclusiveCases, someoneWaits } = require('./shared-lock-cases')

const test = bounded(avaTest)

const { holderOf, start } = exclusiveCases(avaTest, {
  Class: Mutex,
  create: (buffer, byteOffset) => new Mutex(buffer, byteOffset),
  method: 'lock',
  tryMethod: 'tryLock'
})

test('a mutex says whether it is locked', (t) => {
  const mutex = new Mutex()
  t.false(mutex.locked)
  const guard = mutex.tryLock()
  t.true(mutex.locked)
  t.is(inspect(mutex), 'Mutex { locked: true }')
  guard.release()
  t.false(mutex.locked)
  t.is(Mutex.byteLength, 4)
})

test('a thread that has the mutex and waits for it is told, through any object for it', (t) => {
  const mutex = new Mutex()
  mutex.tryLock()
  t.throws(() => mutex.lock({ blockMainThread }), deadlock)
  t.throws(() => new Mutex(mutex.buffer).lock({ blockMainThread }), deadlock)
})

test('a thread that would wait behind its own lockAsync() gets an error', async (t) => {
  const mutex = new Mutex()
  const holder = await holderOf(t, mutex)
  const waiting = mutex.lockAsync()
  t.throws(() => mutex.lock({ blockMainThread }), deadlock)
  await holder.terminate()
  const guard = await waiting
  guard.release()
  mutex.lock({ blockMainThread }).release()
  t.false(mutex.locked)
})

test('a thread may have a mutex and wait for it without blocking', async (t) => {
  const mutex = new Mutex()
  const guard = mutex.tryLock()
  const waiting = mutex.lockAsync()
  guard.release()
  const next = await waiting
  t.true(next.held)
})

test('tryLock() takes nothing from one that waits and was woken', async (t) => {
  const mutex = new Mutex()
  const guard = mutex.tryLock()
  const worker = start(t, 'const guard = take(); post(guard.poisoned); guard.release()', { lock: mutex })
  const told = nextMessage(worker)
  await someoneWaits(mutex)
  guard.release()
  mutex.tryLock()?.release()
  t.false(await told)
})
