'use strict'

const levels = '▁▂▃▄▅▆▇█'

/** The lowest is below 1 ms; each further one stands for twice the latency of the one before. */
function levelOf (milliseconds) {
  const level = milliseconds < 1 ? 0 : 1 + Math.floor(Math.log2(milliseconds))
  return levels[Math.min(level, levels.length - 1)]
}

/**
 * Latencies as a line of characters, the worst latency of each part of the time.
 * @param {number[]} latencies milliseconds
 * @param {number} width the largest number of characters
 */
function drawLatencies (latencies, width) {
  const count = Math.min(width, latencies.length)
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index, index + 1].map((part) => Math.floor(part * latencies.length / count))
    return levelOf(Math.max(...latencies.slice(from, to)))
  }).join('')
}

/** @param {number[]} latencies milliseconds */
function summarize (latencies) {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part) => `${sorted[Math.ceil(part * sorted.length) - 1].toFixed(1)} ms`
  return `late by ${at(0.5)} in the median, ${at(1)} at most; ${sorted.length} ticks`
}

module.exports = { drawLatencies, summarize }
