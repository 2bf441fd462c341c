'use strict'

const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * What a document says that its program prints: the comment behind a console.log(), in which `...` stands for anything.
 * @param {string} text
 * @returns {Map<number, string>} by line
 */
function readExpectations (text) {
  const expectations = new Map()
  for (const [index, line] of text.split('\n').entries()) {
    const [, expected] = /console\.log\(.*\)[ })]*\/\/ (.+)$/.exec(line) ?? []
    if (expected !== undefined) expectations.set(index + 1, expected)
  }
  return expectations
}

/**
 * @param {Map<number, string>} expectations
 * @param {{ line: number, text: string }[]} printed
 * @returns {string[]} what differs
 */
function compare (expectations, printed) {
  return [...expectations].flatMap(([line, expected]) => {
    // A line that runs several times is expected as a list.
    const actual = printed.filter((one) => one.line === line).map(({ text }) => text).join(', ').replace(/\s+/g, ' ').trim()
    const pattern = expected.split('...').map(escapeRegExp).join('.*')
    return new RegExp(`^${pattern}$`).test(actual) ? [] : [`its line ${line} is to print '${expected}', and printed '${actual}'`]
  })
}

module.exports = { readExpectations, compare }
