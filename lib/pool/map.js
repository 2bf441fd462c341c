'use strict'

// A pool over a sequence: some tasks at a time, so that neither the source nor the results pile up.

/**
 * @param {(value: unknown) => Promise<unknown>} run
 * @param {Iterable<unknown> | AsyncIterable<unknown>} items
 * @param {number} concurrency how many tasks are begun and not yet handed out
 * @param {boolean} ordered whether results come in the order of the items
 */
const {
  ArrayPrototypeForEach, ArrayPrototypeIndexOf, ArrayPrototypeSplice, Promise, PromiseResolve, SymbolAsyncIterator, SymbolIterator, append,
  newList, whenSettled
} = require('../core/primordials')
async function * mapInOrderOrNot (run, items, concurrency, ordered) {
  const source = items[SymbolAsyncIterator]?.() ?? items[SymbolIterator]()
  const running = newList()
  // The item that was asked for and is not there yet.
  let next
  let isAtEnd = false
  try {
    for (;;) {
      if (!isAtEnd && running.length < concurrency) next ??= tagged(source.next(), 'item')
      if (running.length === 0 && next === undefined) return
      const { what, value, task } = await firstOf(next, running, ordered ? 1 : running.length)
      if (what === 'item') {
        next = undefined
        if (value.done) isAtEnd = true
        else append(running, start(run, value.value))
      } else {
        ArrayPrototypeSplice(running, ArrayPrototypeIndexOf(running, task), 1)
        if (what === 'failed') throw value
        yield value
      }
    }
  } finally {
    // Not awaited: it may itself be waiting for an item.
    if (!isAtEnd) ignoreRejection(PromiseResolve(source.return?.()))
    if (next !== undefined) ignoreRejection(next)
    // What streams from a task would keep it running, and nobody has it.
    ArrayPrototypeForEach(running, task => whenSettled(task, ({ value }) => value?.[SymbolAsyncIterator] && value.return?.()))
  }
}

// What settles first of the item that was asked for and the tasks before `end`.
function firstOf (next, running, end) {
  return new Promise((resolve, reject) => {
    if (next !== undefined) whenSettled(next, resolve, reject)
    for (let index = 0; index < end && index < running.length; index++) whenSettled(running[index], resolve, reject)
  })
}

function ignoreRejection (promise) {
  whenSettled(promise, undefined, () => {})
}

async function tagged (promise, what) {
  const value = await promise
  // An iterator that is not asynchronous may hold promises, as in `for await`.
  return { what, value: value.done ? value : { done: false, value: await value.value } }
}

// A rejection counts when it is its turn.
function start (run, value) {
  const task = whenSettled(run(value), value => ({ what: 'done', value, task }), value => ({ what: 'failed', value, task }))
  return task
}

module.exports = { mapInOrderOrNot }
