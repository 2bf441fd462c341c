'use strict'

// importScripts() of web workers: runs classic scripts, one after another, as if they stood in the worker's file.

const { RegExpPrototypeExec, TypeError } = require('../core/primordials')
const { native } = require('../core/realm')
const { esModules } = require('./host')
const { firstFolder, folderOf, isClassic, readSource, refusal } = require('./modules')

const { runScript } = esModules()

/** @param {...string} urls file: URLs, paths, or relative to the worker's file */
function importScripts (...urls) {
  if (!isClassic()) throw new TypeError("Failed to execute 'importScripts': Module scripts don't support importScripts()")
  for (let index = 0; index < urls.length; index++) {
    const url = `${urls[index]}`
    const path = pathOf(url)
    const found = native.resolveImport(null, path)
    if (found.reason !== null) throw refusal(url, undefined, found)
    runScript(readSource(found.path, undefined), found.path)
  }
}

function pathOf (url) {
  const path = native.pathOfFileURL(url)
  if (path !== null) return path
  if (RegExpPrototypeExec(/^(?:[\\/]|[A-Za-z]:[\\/])/, url) !== null) return url
  const entry = native.leanEntry()
  return `${entry === null ? firstFolder() : folderOf(entry)}/${url}`
}

module.exports = { importScripts }
