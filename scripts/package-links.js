'use strict'

// Links of documents in a package: they are relative, and right in the repository.

const fs = require('node:fs')
const path = require('node:path')

const link = /\]\(([^)#\s]+)(#[^)]*)?\)/g

/** @returns {string[]} the documents in a package's folder, except for templates, whose links are right where they are written to */
function documentsIn (folder) {
  return fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.md') && !name.startsWith('templates'))
}

/** @returns {string | undefined} where in the package's folder a link leads that finds nothing there */
function missingTarget (folder, document, to) {
  if (/^[a-z]+:/.test(to)) return
  const target = path.join(path.dirname(document), to)
  return !target.startsWith('..') && fs.existsSync(path.join(folder, target)) ? undefined : target
}

/**
 * Replaces links to what is not in a package.
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

/** @returns {string[]} which links of a package's documents find nothing in it */
function brokenLinks (folder) {
  return documentsIn(folder).flatMap((document) => {
    const links = [...fs.readFileSync(path.join(folder, document), 'utf8').matchAll(link)]
    return links.filter(([, to]) => missingTarget(folder, document, to) !== undefined).map(([, to]) => `${document} links to ${to}`)
  })
}

module.exports = { brokenLinks, redirectLinks }
