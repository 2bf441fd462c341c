'use strict'

const { isMainThread } = require('node:worker_threads')

module.exports = async (job) => {
  if (job.data.number < 0) throw new RangeError('a negative number')
  await job.updateProgress(10 * job.data.number)
  await job.log('running')
  return { isMainThread, doubled: 2 * job.data.number }
}
