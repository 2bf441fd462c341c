'use strict'

const fs = require('node:fs')
const { marked } = require('marked')

/**
 * @typedef {object} Block a fenced block of a document
 * @property {string} language
 * @property {string} text
 * @property {number} line of its first line in the document
 * @property {string | undefined} name of the file: from the first line, `// tasks.js`, or after the language if the language has no
 * comments
 * @property {string | undefined} reason for not running it, from an HTML comment before it: `<!-- not run: it installs packages -->`
 */

/**
 * @param {string} document path of a Markdown file
 * @returns {Block[]} the programs and files in it
 */
function readBlocks (document) {
  const blocks = []
  let line = 1
  let reason
  for (const token of marked.lexer(fs.readFileSync(document, 'utf8'))) {
    if (token.type === 'code') {
      const [language, nameOfInfo] = (token.lang ?? '').split(' ')
      const [, name] = /^\/\/ ([\w./-]+\.\w+)\n/.exec(token.text) ?? [undefined, nameOfInfo]
      blocks.push({ language, text: `${token.text}\n`, line: line + 1, name, reason })
    }
    if (token.type === 'html') reason = /^<!-- not run: (.+) -->\s*$/.exec(token.raw)?.[1]
    else if (token.type !== 'space') reason = undefined
    line += token.raw.split('\n').length - 1
  }
  return blocks
}

module.exports = { readBlocks }
