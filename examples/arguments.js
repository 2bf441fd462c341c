'use strict'

// Parses the command lines of the examples.

const { parseArgs } = require('node:util')

/**
 * Parses the options of this process. An error is printed with the usage and ends the process.
 * @param {string} usage
 * @param {object} options as for util.parseArgs; an option with a `range` becomes an integer
 */
function readArguments (usage, options) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } })
    if (values.help) {
      console.log(usage)
      process.exit()
    }
    for (const [name, { range }] of Object.entries(options)) {
      if (range !== undefined) values[name] = wholeNumber(name, values[name], range)
    }
    return values
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

function wholeNumber (name, text, [least, most]) {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`--${name} must be a whole number from ${least} to ${most}, not '${text}'`)
}

module.exports = { readArguments }
