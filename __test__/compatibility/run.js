'use strict'

// Runs every probe with Node's own worker_threads and with this package, and says for each what its users see: the same, something
// better, or less. `npm run compatibility` writes the result into docs/compatibility.md; compatibility.test.js compares it.

const { isDeepStrictEqual } = require('node:util')
const node = { ...require('node:worker_threads'), structuredClone }
const ours = require('../..')

const sections = {
  Exports: require('./exports'),
  'Worker: options': require('./options'),
  'Worker: events': require('./events'),
  'Worker: methods and properties': require('./members'),
  'MessageChannel, MessagePort, BroadcastChannel': require('./ports'),
  'Structured clone': require('./clone'),
  'Inside a worker': require('./inside'),
  'Error codes': require('./errors')
}

/**
 * @typedef {object} Probe
 * @property {string} name what a user would look for
 * @property {(api: object) => unknown} run its outcome, as plain data; an error is an outcome
 * @property {{ verdict: 'better' | 'less', reason: string }} [differs] of an outcome that is not Node's
 */

const TIMEOUT = 20_000

// Also keeps the process alive where nothing else does.
function ending (promise) {
  let timer
  const late = new Promise((resolve) => { timer = setTimeout(resolve, TIMEOUT, 'did not end') })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function outcomeOf ({ run }, api) {
  try {
    return { value: await ending((async () => run(api))()) }
  } catch (error) {
    // Node without the name.
    if (error instanceof TypeError && /is not a (function|constructor)|of undefined|of null/.test(error.message)) return { isAbsent: true }
    return { error: [error.name, error.code, error.message] }
  }
}

/** @returns {Promise<{ verdict: 'same' | 'better' | 'less' | 'unexplained', isAbsent: boolean, outcomes: object[] }>} */
async function judge (probe) {
  const outcomes = [await outcomeOf(probe, node), await outcomeOf(probe, ours)]
  const [nodes, own] = outcomes
  const isAbsent = nodes.isAbsent === true
  if (isDeepStrictEqual(nodes, own)) return { verdict: isAbsent ? 'absent' : 'same', outcomes }
  if (isAbsent) return { verdict: 'only here', outcomes }
  return { verdict: probe.differs?.verdict ?? 'unexplained', outcomes }
}

/** @returns {Promise<Record<string, Record<string, object>>>} by section and name */
async function runAll () {
  const results = {}
  for (const [section, probes] of Object.entries(sections)) {
    results[section] = {}
    for (const probe of probes) results[section][probe.name] = await judge(probe)
  }
  return results
}

module.exports = { runAll, sections }

if (require.main === module) {
  // A pipe: the end of the process would cut off what is not written yet.
  runAll().then((results) => process.stdout.write(JSON.stringify(results), () => process.exit()))
}
