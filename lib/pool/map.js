'use strict'

// Runs a pool over a sequence, with a limited number of tasks at a time, so neither items nor results pile up.

/**
 * @param {(value: unknown) => Promise<unknown>} run
 * @param {Iterable<unknown> | AsyncIterable<unknown>} items
 * @param {number} concurrency the number of tasks that are started and not yet handed out
 * @param {boolean} ordered whether results come in the order of the items
 */
const {
  ArrayPrototypeForEach, ArrayPrototypeIndexOf, ArrayPrototypeSplice, Promise, PromiseResolve, SymbolAsyncIterator, SymbolIterator, append,
  newList, whenSettled
} = require('../core/primordials')
async function * mapInOrderOrNot (run, items, concurrency, ordered) {
  const source = items[SymbolAsyncIterator]?.() ?? items[SymbolIterator]()
  const running = newList()
  // The item that was requested and has not arrived yet.
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
    // Not awaited, because the source may itself wait for an item.
    if (!isAtEnd) ignoreRejection(PromiseResolve(source.return?.()))
    if (next !== undefined) ignoreRejection(next)
    // A stream that nobody reads would keep its task running.
    ArrayPrototypeForEach(running, task => whenSettled(task, ({ value }) => value?.[SymbolAsyncIterator] && value.return?.()))
  }
}

// The first to settle: the requested item, or a task before `end`.
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
  // A synchronous iterator may hold promises, as in `for await`.
  return { what, value: value.done ? value : { done: false, value: await value.value } }
}

// A rejection becomes a value, so that it is reported only in its turn.
function start (run, value) {
  const task = whenSettled(run(value), value => ({ what: 'done', value, task }), value => ({ what: 'failed', value, task }))
  return task
}

module.exports = { mapInOrderOrNot }
