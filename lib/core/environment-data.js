'use strict'

// Values that every worker started later receives as clones.
// https://nodejs.org/api/worker_threads.html#workersetenvironmentdatakey-value

const { SafeMap } = require('./primordials')
const data = new SafeMap()

/** @param {unknown} value `undefined` removes the key */
function setEnvironmentData (key, value) {
  if (value === undefined) data.delete(key)
  else data.set(key, value)
}

function getEnvironmentData (key) {
  return data.get(key)
}

module.exports = { data, setEnvironmentData, getEnvironmentData }
