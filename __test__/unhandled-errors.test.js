'use strict'

// The text that Node prints for an unhandled error of another thread does not show a line of this package as its source.

const avaTest = require('ava').default
const path = require('node:path')
const { bounded, isPeer, packageRoot } = require('./helpers')
const { runProgram } = require('./run-process')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has none of these', (t) => t.pass())

for (const [what, source] of Object.entries({
  'a rejection of a task': 'new api.WorkerPool({ maxThreads: 1 }).exec(() => { throw new RangeError("mine") }, [])',
  'a rejection of a task with a DOMException': 'new api.WorkerPool({ maxThreads: 1 }).exec(() => { throw new DOMException("mine", "AbortError") }, [])',
  'a rejection of a task in Rust': 'new api.WorkerPool({ filename: "native:fib" }).exec("mine")',
  'an error event': 'new api.Worker("throw new TypeError(\'mine\')", { eval: true })',
  'an error event with an AggregateError': 'new api.Worker("throw new AggregateError([1], \'mine\')", { eval: true })',
  'an error event of a worker in Rust': 'new api.Worker("native:fib", { workerData: "mine" })'
})) {
  test(what, async (t) => {
    const { code, stderr } = await runProgram(`${source}; await new Promise(() => setInterval(() => {}, 1000))`)
    t.is(code, 1)
    t.regex(stderr, /mine/)
    const source_ = stderr.slice(0, stderr.search(/^ +at /m))
    t.false(source_.includes(path.join(packageRoot, 'lib')), stderr)
  })
}
