'use strict'

const { formatNumber, formatTable } = require('../lib/report')

/**
 * @param {object} result of measureLean
 * @returns {string} a table with a row for each peer in each case
 */
function formatLean (result) {
  const rows = [['', 'isothreads', 'middle half', 'compared with', 'it', 'middle half', 'ratio', 'target', '']]
  for (const { case: name, unit, ours, theirs, peer, ratio, target, reached } of result.measures) {
    rows.push([
      name,
      ...formatSummary(ours, unit),
      peer,
      ...formatSummary(theirs, unit),
      ratio.toFixed(3),
      target ? `<= ${target.atMost.toFixed(2)}` : '',
      target ? (reached ? 'pass' : 'FAIL') : ''
    ])
  }
  const { alive } = result.size
  const notes = [...result.method, `Many are ${alive}. Medians over ${result.rounds} alternating rounds.`]
  return [
    `${result.name}: ${result.description}`,
    '',
    ...result.measures.length > 0 ? [formatTable(rows), ''] : [],
    ...result.long.map(({ name, count, residentMb }) => `  ${count} ${name}, resident MB after each tenth: ${residentMb.join(' ')}`),
    ...notes.map((note) => `  ${note}`)
  ].join('\n')
}

function formatSummary ({ median, lower, upper }, unit) {
  return [`${formatNumber(median)} ${unit}`, `${formatNumber(lower)} - ${formatNumber(upper)}`]
}

module.exports = { formatLean }
