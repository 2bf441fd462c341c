'use strict'

// The names that a CommonJS module exports, as far as its text tells: what ES modules can import from it by name. Node uses the same lexer.

const { ArrayPrototypeSlice, JSONParse, JSONStringify, SafeSet, append, newList } = require('../core/primordials')
const { native } = require('../core/realm')
const { esModules } = require('./host')
const { findModule, namesOf } = require('./synthetic-modules')
const { folderOf, prepare } = require('./modules')

const { textOfSource } = esModules()

/** @returns {{ exports: string[], reexports: string[] }} */
function lexed (source) {
  const known = native.exportNames(source)
  if (known !== null) return JSONParse(known)
  let found
  try {
    found = require('./cjs-module-lexer').parse(textOfSource(source))
  } catch {
    // It does not understand the text, or the program has changed what it calls. The default export is left.
    return { exports: [], reexports: [] }
  }
  native.setExportNames(source, JSONStringify(found))
  return found
}

/**
 * @param {number} source
 * @param {string} path
 * @returns {string[]} without `default`
 */
function exportNames (source, path) {
  const names = new SafeSet()
  const list = newList()
  collect(source, path, names, list, new SafeSet())
  return ArrayPrototypeSlice(list)
}

function collect (source, path, names, list, seen) {
  if (seen.has(path)) return
  seen.add(path)
  const { exports, reexports } = lexed(source)
  addAll(exports, names, list)
  for (let index = 0; index < reexports.length; index++) {
    const builtin = findModule(reexports[index])
    if (builtin !== undefined) {
      addAll(namesOf(builtin), names, list)
      continue
    }
    const found = native.resolveModule(folderOf(path), reexports[index])
    if (found.reason !== null || found.kind === 'module') continue
    let prepared
    try {
      prepared = prepare(found.path, found.kind, undefined)
    } catch {
      // It fails again when it is run.
      continue
    }
    if (!prepared.isESModule) collect(prepared.source, found.path, names, list, seen)
  }
}

function addAll (found, names, list) {
  for (let index = 0; index < found.length; index++) {
    const name = found[index]
    if (name === 'default' || name === 'module.exports' || names.has(name)) continue
    names.add(name)
    append(list, name)
  }
}

module.exports = { exportNames }
