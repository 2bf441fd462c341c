const { workerData } = require('node:worker_threads')
const { shared } = require('./shared')

function called (number) {
  return number > 2 ? shared(number) : undefined
}

function neverCalled () {
  return 0
}

if (called(workerData) === 'never') neverCalled()
