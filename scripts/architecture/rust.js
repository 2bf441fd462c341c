'use strict'

// The src world: an arrow is a path that begins at the crate's root or in another crate of the repository. Tests may use everything.

const fs = require('node:fs')
const path = require('node:path')
const { pathDependencies } = require('./crates')

// Comments, strings and characters. A lifetime has no second quote.
const noCode = new RegExp([
  /\/\/.*/, /\/\*[\s\S]*?\*\//, /\bb?r(?<hashes>#*)"[\s\S]*?"\k<hashes>/, /\bb?"(?:\\[\s\S]|[^"\\])*"|"(?:\\[\s\S]|[^"\\])*"/,
  /'(?:\\(?:u\{\w+\}|x\w\w|.)|[^'\\])'/
].map(({ source }) => source).join('|'), 'g')

/** Blank where there is no code, so that places stay. */
function codeOf (text) {
  return text.replace(noCode, blank)
}

function blank (text) {
  return text.replace(/[^\n]/g, ' ')
}

// Such as #[cfg(test)], #[cfg(all(test, loom))]; not #[cfg(not(test))], #[cfg(any(test, unix))].
const testOnly = /#\[cfg\((?!any\()[^\]]*(?<!not\()\btest\b[^\]]*\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?/g

/**
 * Takes out items that only tests have.
 * @returns {{ code: string, modules: string[] }} `modules` are those in files of their own
 */
function withoutTests (code) {
  const modules = []
  for (const { 0: attribute, index } of [...code.matchAll(testOnly)].reverse()) {
    const start = index + attribute.length
    const module = /^mod\s+(\w+)\s*;/.exec(code.slice(start))
    if (module) modules.push(module[1])
    code = code.slice(0, index) + blank(code.slice(index, endOfItem(code, start))) + code.slice(endOfItem(code, start))
  }
  return { code, modules }
}

// Behind its `;`, or the brace that closes its body.
function endOfItem (code, start) {
  let depth = 0
  for (let at = start; at < code.length; at++) {
    if ('{(['.includes(code[at])) depth++
    if ('})]'.includes(code[at]) && --depth <= 0 && code[at] === '}' && !/^\s*[;,]/.test(code.slice(at + 1))) return at + 1
    if (code[at] === ';' && depth === 0) return at + 1
  }
  return code.length
}

// What stands behind `crate::`: a name, or a group of paths.
function namesAt (code, at) {
  if (code[at] !== '{') return [{ name: /^\s*(?:r#)?(\w+|\*)/.exec(code.slice(at))?.[1] ?? '', at }]
  const names = []
  let depth = 0
  for (let index = at, isStart = false; index < code.length; index++) {
    if (code[index] === '{') isStart = ++depth === 1
    else if (code[index] === '}' && --depth === 0) break
    else if (code[index] === ',') isStart = depth === 1
    else if (isStart && /[\w*]/.test(code[index])) {
      names.push(...namesAt(code, index))
      isStart = false
    }
  }
  return names
}

/**
 * @param {string} code
 * @param {number} depth of the file's module: 1 for src/pool.rs, of which `super` is the crate
 * @param {Map<string, string>} crates the folders of crates by the names that code has for them
 */
function arrowsOf (code, depth, crates) {
  const lineOf = (at) => code.slice(0, at).split('\n').length
  const arrows = []
  for (const { 0: text, index } of code.matchAll(/(?<![\w:])(?:crate|(?:super::)*super)\s*::\s*/g)) {
    const supers = text.match(/super/g)?.length ?? depth
    if (supers !== depth) continue
    for (const { name, at } of namesAt(code, index + text.length)) arrows.push({ to: name, line: lineOf(at) })
  }
  for (const { 1: name, index } of code.matchAll(/(?<![\w:])(?:::)?(\w+)\s*::/g)) {
    if (crates.has(name)) arrows.push({ to: crates.get(name), line: lineOf(index) })
  }
  return arrows
}

/** @param {string} root */
function readRust (root) {
  const crates = new Map(pathDependencies(root, '.').map(({ name, folder }) => [crateName(root, folder, name), folder]))
  const source = path.join(root, 'src')
  const read = fs.readdirSync(source, { recursive: true }).filter((file) => file.endsWith('.rs')).map((name) => {
    const file = name.replaceAll(path.sep, '/')
    const text = fs.readFileSync(path.join(source, name), 'utf8')
    return { file, module: file.replace(/(?:\/mod)?\.rs$/, ''), ...withoutTests(codeOf(text)) }
  })
  const ofTests = read.flatMap(({ module, modules }) => modules.map((name) => module === 'lib' ? name : `${module}/${name}`))
  return read
    .filter(({ module }) => module !== 'lib' && !ofTests.some((name) => module === name || module.startsWith(`${name}/`)))
    .map(({ file, module, code }) => {
      const parts = module.split('/')
      return { floor: parts[0], file: `src/${file}`, arrows: arrowsOf(code, parts.length, crates) }
    })
}

// As `use` names it: [lib] may have another name than the package.
function crateName (root, folder, name) {
  const manifest = path.join(root, folder, 'Cargo.toml')
  const lib = fs.existsSync(manifest) ? /^\[lib\][^[]*?^name\s*=\s*"([^"]+)"/m.exec(fs.readFileSync(manifest, 'utf8')) : null
  return (lib?.[1] ?? name).replaceAll('-', '_')
}

module.exports = { codeOf, readRust, withoutTests }
