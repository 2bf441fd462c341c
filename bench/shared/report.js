'use strict'

const { formatNumber, formatTable } = require('../lib/report')

/**
 * @param {object} result of the benchmark
 * @returns {string} a table with a row for each contender of each case
 */
function formatShared (result) {
  const rows = [['', '', 'median', 'middle half', 'ours : it', 'target', '']]
  for (const measure of result.measures) rows.push(...formatMeasure(measure))
  const notes = [...result.method, `Medians over ${result.rounds} alternating rounds, after ${result.warmup} for warming up.`]
  return [
    `${result.name}: ${result.description}`,
    '',
    ...result.measures.length > 0 ? [formatTable(rows, 2), ''] : [],
    ...notes.map((note) => `  ${note}`)
  ].join('\n')
}

function formatMeasure ({ name, unit, ours, peers, target, reached }) {
  return [
    [name, ours.name, ...formatSummary(ours, unit), '', '', ''],
    ...peers.map((peer) => [
      '',
      peer.name,
      ...formatSummary(peer, unit),
      peer.ratio.toFixed(peer.ratio < 0.1 ? 3 : 2),
      ...peer.name === target?.against ? [formatTarget(target), reached ? 'pass' : 'FAIL'] : ['', '']
    ])
  ]
}

function formatSummary ({ median, lower, upper }, unit) {
  return [`${formatNumber(median)} ${unit}`, `${formatNumber(lower)} - ${formatNumber(upper)}`]
}

function formatTarget ({ atMost, atLeast }) {
  return atMost === undefined ? `>= ${atLeast.toFixed(2)}` : `<= ${atMost.toFixed(2)}`
}

module.exports = { formatShared }
