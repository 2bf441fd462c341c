'use strict'

// A pool over a sequence: some tasks at a time, so that neither the source nor the results pile up.

/**
 * @param {(value: unknown) => Promise<unknown>} run
 * @param {Iterable<unknown> | AsyncIterable<unknown>} items
 * @param {number} concurrency how many tasks are begun and not yet handed out
 * @param {boolean} ordered whether results come in the order of the items
 */
async function * mapInOrderOrNot (run, items, concurrency, ordered) {
  const source = items[Symbol.asyncIterator]?.() ?? items[Symbol.iterator]()
  const running = []
  // The item that was asked for and is not there yet.
  let next
  let isAtEnd = false
  try {
    for (;;) {
      if (!isAtEnd && running.length < concurrency) next ??= tagged(source.next(), 'item')
      if (running.length === 0 && next === undefined) return
      const tasks = ordered ? running.slice(0, 1) : running
      const [what, value, task] = await Promise.race(next === undefined ? tasks : [next, ...tasks])
      if (what === 'item') {
        next = undefined
        if (value.done) isAtEnd = true
        else running.push(start(run, value.value))
      } else {
        running.splice(running.indexOf(task), 1)
        if (what === 'failed') throw value
        yield value
      }
    }
  } finally {
    // Not awaited: it may itself be waiting for an item.
    if (!isAtEnd) Promise.resolve(source.return?.()).catch(() => {})
    next?.catch(() => {})
    // What streams from a task would keep it running, and nobody has it.
    for (const task of running) task.then(([, value]) => value?.[Symbol.asyncIterator] && value.return?.())
  }
}

async function tagged (promise, what) {
  const value = await promise
  // An iterator that is not asynchronous may hold promises, as in `for await`.
  return [what, value.done ? value : { done: false, value: await value.value }]
}

// A rejection counts when it is its turn.
function start (run, value) {
  const task = run(value).then(result => ['done', result, task], error => ['failed', error, task])
  return task
}

module.exports = { mapInOrderOrNot }
