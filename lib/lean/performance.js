'use strict'

// The clock of `performance`.

const { coarseDate, now: clock } = require('./clock')

let start
let timeOrigin

/** Sets the time at which the worker starts. */
function startClock () {
  start = clock()
  timeOrigin = coarseDate()
}

module.exports = { now: () => clock() - start, startClock, timeOrigin: () => timeOrigin }
