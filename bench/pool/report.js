'use strict'

const { formatNumber, formatTable } = require('../lib/report')

/**
 * @param {object} result of measurePools
 * @returns {string} a table with a row for each pool in each case
 */
function formatPools (result) {
  const rows = [['', '', '', 'median', 'middle half', 'ours : it', 'target', '']]
  for (const measure of result.measures) rows.push(...formatMeasure(measure))
  const notes = [...result.method, `Medians over ${result.rounds} alternating rounds, after ${result.warmup} to choose the settings.`]
  return [
    `${result.name}: ${result.description}`,
    '',
    ...result.measures.length > 0 ? [formatTable(rows, 3), ''] : [],
    ...notes.map((note) => `  ${note}`)
  ].join('\n')
}

function formatMeasure (measure) {
  const { name, unit, ours, peers = [], best } = measure
  const verdict = measure.target ? [formatTarget(measure.target), measure.reached ? 'pass' : 'FAIL'] : ['', '']
  const isAlone = peers.length === 0
  return [
    [name, 'isothreads', '', ...formatSummary(ours, unit), '', ...isAlone ? verdict : ['', '']],
    ...peers.map((peer) => [
      '',
      peer.pool,
      peer.settings,
      ...formatSummary(peer, unit),
      (ours.median / peer.median).toFixed(2),
      ...peer.pool === best ? (measure.target ? verdict : ['best', '']) : ['', '']
    ])
  ]
}

function formatSummary ({ median, lower, upper }, unit) {
  return [`${formatNumber(median)} ${unit}`, `${formatNumber(lower)} - ${formatNumber(upper)}`]
}

function formatTarget ({ atMost, atLeast }) {
  return atMost === undefined ? `>= ${atLeast.toFixed(2)}` : `<= ${atMost.toFixed(2)}`
}

module.exports = { formatPools }
