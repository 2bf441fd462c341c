'use strict'

const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * The output that a document expects: the comment after a console.log(), in which `...` matches anything.
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
 * The expected output of shell commands: the comment after a command, `# prints 7`.
 * @param {string} text of the block
 * @param {string} output
 * @returns {string[]} the missing output
 */
function findMissing (text, output) {
  const lines = output.split('\n')
  const expected = [...text.matchAll(/# prints (.+)$/gm)].map(([, line]) => line)
  return expected.filter((line) => !lines.includes(line)).map((line) => `it is to print '${line}'`)
}

/**
 * @param {Map<number, string>} expectations
 * @param {{ line: number, text: string }[]} printed
 * @returns {string[]} the differences
 */
function compare (expectations, printed) {
  return [...expectations].flatMap(([line, expected]) => {
    // A line that runs several times is expected as a list.
    const actual = printed.filter((one) => one.line === line).map(({ text }) => text).join(', ').replace(/\s+/g, ' ').trim()
    const pattern = expected.split('...').map(escapeRegExp).join('.*')
    return new RegExp(`^${pattern}$`).test(actual) ? [] : [`its line ${line} is to print '${expected}', and printed '${actual}'`]
  })
}

module.exports = { readExpectations, compare, findMissing }
