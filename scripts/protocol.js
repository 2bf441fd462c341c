'use strict'

// What the two halves and the SDK agree on by number or by name is in codec/protocol.json. This writes it down for Rust, C++ and
// JavaScript; with --check it only says whether what is there is up to date.

const fs = require('node:fs')
const path = require('node:path')
const { createHash } = require('node:crypto')

const root = path.join(__dirname, '..')
const table = JSON.parse(fs.readFileSync(path.join(root, 'codec', 'protocol.json'), 'utf8'))
const note = 'Generated from codec/protocol.json: change that, and run `npm run protocol`.'

/** The groups for this language, each with its values. */
function groupsFor (language) {
  const groups = Object.entries(table).filter(([, group]) => group.for.includes(language))
  return groups.map(([name, group]) => ({
    ...group,
    name,
    values: Object.entries(group.values).map(([name, [value, doc]]) => ({ name, value, doc }))
  }))
}

/** Covers all names and values, so that halves of different tables have different fingerprints. */
function fingerprint () {
  const plain = Object.entries(table).map(([name, { values }]) => [name, Object.entries(values).map(([name, [value]]) => [name, value])])
  return createHash('sha256').update(JSON.stringify(plain)).digest().readUInt32BE()
}

function toCamelCase (name) {
  return name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase())
}

function rust () {
  const type = (group) => group.type === 'str' ? '&str' : group.type
  const literal = (value) => typeof value === 'string' ? `"${value}"` : String(value)
  const doc = (text, indent) => text === '' ? '' : `${indent}/// ${text}\n`
  const groups = groupsFor('rust').map((group) => {
    const constants = group.values.map(({ name, value, doc: text }) =>
      `${doc(text, '    ')}    pub const ${name}: ${type(group)} = ${literal(value)};\n`)
    return `\n${doc(group.doc, '')}pub mod ${group.name} {\n${constants.join('')}}\n`
  })
  return `//! The numbers and names that the addon, its JavaScript half and the SDK share.
//!
//! ${note}

/// Identifies the table from which this was generated.
pub const FINGERPRINT: u32 = ${fingerprint()};
${groups.join('')}`
}

function c () {
  const types = { i32: 'int32_t', u32: 'uint32_t', u8: 'uint8_t' }
  const enums = groupsFor('c').map((group) => {
    const values = group.values.map(({ name, value, doc }, index) => {
      const end = index === group.values.length - 1 ? '' : ','
      return `  ${group.prefix}${name} = ${value}${end}${doc === '' ? '' : `  // ${doc}`}\n`
    })
    return `\n// ${group.doc}\nenum isothreads_${group.name} : ${types[group.type]} {\n${values.join('')}};\n`
  })
  return `// ${note}

#ifndef ISOTHREADS_PROTOCOL_H_
#define ISOTHREADS_PROTOCOL_H_

#include <stdint.h>
${enums.join('')}
#endif  // ISOTHREADS_PROTOCOL_H_
`
}

function javaScript () {
  const literal = (value) => typeof value === 'string' ? `'${value}'` : String(value)
  const doc = (text, indent) => text === '' ? '' : `${indent}/** ${text} */\n`
  const groups = groupsFor('js').map((group) => {
    const values = group.values.map(({ name, value, doc: text }) => `${doc(text, '    ')}    ${toCamelCase(name)}: ${literal(value)}`)
    return `${doc(group.doc, '  ')}  ${toCamelCase(group.name)}: {\n${values.join(',\n')}\n  }`
  })
  return `'use strict'

// What this half and the native one agree on by number or by name.
// ${note}

module.exports = {
  /** Of the table that this was generated from. */
  fingerprint: ${fingerprint()},
${groups.join(',\n')}
}
`
}

const files = {
  'codec/src/protocol.rs': rust,
  'src/engine/shim/isolate/protocol.h': c,
  'lib/core/protocol.js': javaScript
}

/** @returns {string[]} the files that are not as the table says */
function outdated () {
  return Object.entries(files).flatMap(([name, generate]) => {
    const file = path.join(root, name)
    return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === generate() ? [] : [name]
  })
}

function main (isCheck) {
  const names = outdated()
  if (!isCheck) {
    for (const name of names) fs.writeFileSync(path.join(root, name), files[name]())
    return 0
  }
  if (names.length === 0) return 0
  console.error(`Not as codec/protocol.json says: ${names.join(', ')}. Run \`npm run protocol\`.`)
  return 1
}

if (require.main === module) process.exitCode = main(process.argv.includes('--check'))
