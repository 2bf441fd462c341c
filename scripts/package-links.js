'use strict'

// Links of documents in a package. They are relative, and correct in the repository.

const fs = require('node:fs')
const path = require('node:path')

const link = /\]\(([^)#\s]+)(#[^)]*)?\)/g

/** @returns {string[]} the documents in a package's folder, except templates, whose links are correct at their destination */
function documentsIn (folder) {
  return fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.md') && !name.startsWith('templates'))
}

/** @returns {string | undefined} the target of a link in the package's folder, if it does not exist */
function missingTarget (folder, document, to) {
  if (/^[a-z]+:/.test(to)) return
  const target = path.join(path.dirname(document), to)
  return !target.startsWith('..') && fs.existsSync(path.join(folder, target)) ? undefined : target
}

/**
 * Replaces links to files that are not in a package.
 * @param {string} folder of the package
 * @param {(target: string, document: string) => string} redirect gives the address of such a file, whose path begins at `folder`
 */
function redirectLinks (folder, redirect) {
  for (const document of documentsIn(folder)) {
    const file = path.join(folder, document)
    const text = fs.readFileSync(file, 'utf8').replace(link, (match, to, fragment = '') => {
      const target = missingTarget(folder, document, to)
      return target === undefined ? match : `](${redirect(target, document)}${fragment})`
    })
    fs.writeFileSync(file, text)
  }
}

/** @returns {string[]} the broken links of a package's documents */
function brokenLinks (folder) {
  return documentsIn(folder).flatMap((document) => {
    const links = [...fs.readFileSync(path.join(folder, document), 'utf8').matchAll(link)]
    return links.filter(([, to]) => missingTarget(folder, document, to) !== undefined).map(([, to]) => `${document} links to ${to}`)
  })
}

module.exports = { brokenLinks, redirectLinks }
