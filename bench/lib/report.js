'use strict'

const os = require('node:os')
const { version } = require('../../package.json')

/**
 * The machine of the measurements.
 *
 * @returns {object}
 */
function describeMachine () {
  const cpus = os.cpus()
  return {
    isothreads: version,
    node: process.version,
    v8: process.versions.v8,
    abi: process.versions.modules,
    platform: process.platform,
    arch: process.arch,
    cpu: { model: cpus[0]?.model.trim() ?? 'unknown', cores: cpus.length },
    memoryMb: Math.round(os.totalmem() / 2 ** 20),
    loadAverage: os.loadavg()
  }
}

/**
 * @param {object} machine the result of describeMachine
 * @returns {string}
 */
function formatMachine (machine) {
  return `isothreads ${machine.isothreads} compared with the Worker of Node.js ${machine.node} (V8 ${machine.v8}, ABI ${machine.abi}), ` +
    `${machine.platform} ${machine.arch}, ${machine.cpu.cores} x ${machine.cpu.model}`
}

/**
 * One benchmark's result as readable text.
 *
 * @param {object} result of measure
 * @returns {string}
 */
function formatResult (result) {
  const rows = [['', 'isothreads', "Node's own", 'ratio', 'middle half', 'target', '']]
  for (const measure of result.measures) {
    rows.push([
      measure.name,
      formatValue(measure.ours.median, measure.unit),
      formatValue(measure.node.median, measure.unit),
      measure.ratio.toFixed(2),
      `${measure.ratioOfPairs.lower.toFixed(2)} - ${measure.ratioOfPairs.upper.toFixed(2)}`,
      measure.target ? formatTarget(measure.target) : '',
      measure.target ? (measure.reached ? 'pass' : 'FAIL') : ''
    ])
  }
  const notes = [...result.method, `Medians over ${result.rounds} alternating rounds, after ${result.warmup} for warming up.`]
  return [
    `${result.name}: ${result.description}`,
    '',
    formatTable(rows),
    '',
    ...notes.map((note) => `  ${note}`)
  ].join('\n')
}

function formatTarget ({ of, atMost, atLeast }) {
  const bound = atMost === undefined ? `>= ${atLeast.toFixed(2)}` : `<= ${atMost.toFixed(2)}`
  return `${of} ${bound}`
}

function formatValue (value, unit) {
  return `${formatNumber(value)} ${unit}`
}

function formatNumber (value) {
  const digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2
  const [whole, fraction] = value.toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ' ')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/**
 * @param {string[][]} rows the first is the header
 * @param {number} [words] the number of text columns, at the left
 */
function formatTable (rows, words = 1) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => {
    const cells = row.map((cell, column) => column < words ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
    return `  ${cells.join('   ')}`.trimEnd()
  }).join('\n')
}

/**
 * The last line: the targets that were reached and missed.
 *
 * @param {object[]} results of measure
 * @returns {string}
 */
function formatVerdict (results) {
  const judged = results.flatMap((result) => result.measures.filter((measure) => measure.target)
    .map((measure) => ({ label: `${result.name} (${measure.name})`, reached: measure.reached })))
  const missed = judged.filter(({ reached }) => !reached)
  const reached = `${judged.length - missed.length} of ${judged.length} targets reached`
  return missed.length === 0 ? reached : `${reached}; missed: ${missed.map(({ label }) => label).join(', ')}`
}

module.exports = { describeMachine, formatMachine, formatNumber, formatResult, formatTable, formatVerdict }
