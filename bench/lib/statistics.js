'use strict'

/**
 * The value below which the given share of the samples lies, with linear interpolation between the two nearest.
 *
 * @param {number[]} samples at least one
 * @param {number} share 0 to 1
 * @returns {number}
 */
function quantile (samples, share) {
  const sorted = Float64Array.from(samples).sort()
  const position = (sorted.length - 1) * share
  const below = Math.floor(position)
  const above = Math.ceil(position)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below)
}

/**
 * @param {number[]} samples at least one
 * @returns {number}
 */
function median (samples) {
  return quantile(samples, 0.5)
}

/**
 * @param {number[]} samples at least one
 * @returns {number}
 */
function mean (samples) {
  let sum = 0
  for (const sample of samples) sum += sample
  return sum / samples.length
}

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

module.exports = { mean, median, quantile, summarize }
