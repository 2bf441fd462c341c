'use strict'

const { median, quantile } = require('simple-statistics')

/**
 * @param {number[]} samples at least one
 * @returns {{ median: number, lower: number, upper: number, samples: number[] }} lower and upper enclose the middle half
 */
function summarize (samples) {
  return {
    median: median(samples),
    lower: quantile(samples, 0.25),
    upper: quantile(samples, 0.75),
    samples
  }
}

module.exports = { summarize }
