'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { link, root } = require('./folder')
const { run } = require('./process')

const timeout = 10 * 60_000
// Kept, so that the SDK's dependencies are compiled only once.
const cache = path.join(root, 'target', 'docs')
const extensions = { win32: 'dll', darwin: 'dylib' }

/**
 * Builds one worker library from a document's blocks, each of which is a module, tests it, and puts it where the document's programs
 * expect it.
 * @param {import('./blocks').Block[]} blocks
 * @param {string} folder of the document's programs
 * @param {string} title of the document
 * @returns {Promise<{ failure: string | undefined, output: string, stderr: string }>}
 */
async function buildLibrary (blocks, folder, title) {
  const crate = `docs_${title.replaceAll(/\W/g, '_').toLowerCase()}`
  const sources = path.join(folder, 'src')
  fs.mkdirSync(sources)
  const modules = blocks.map(({ name, text, line }) => {
    const file = path.basename(name ?? `line-${line}.rs`)
    // The root of the library declares the modules.
    const unambiguous = file === 'lib.rs' ? `lib-${line}.rs` : file
    fs.writeFileSync(path.join(sources, unambiguous), text)
    return `#[path = ${JSON.stringify(unambiguous)}]\nmod line_${line};\n`
  })
  fs.writeFileSync(path.join(sources, 'lib.rs'), `#![allow(dead_code)]\n\n${modules.join('\n')}`)
  fs.writeFileSync(path.join(folder, 'Cargo.toml'), `[package]
name = "${crate}"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
isothreads-sdk = { path = ${JSON.stringify(path.join(root, 'sdk'))} }
serde = { version = "1", features = ["derive"] }

[workspace]
`)
  // Uses the versions that are already downloaded.
  fs.copyFileSync(path.join(root, 'Cargo.lock'), path.join(folder, 'Cargo.lock'))
  for (const command of ['build', 'test']) {
    const result = await run('cargo', [command, '--quiet', '--offline', '--target-dir', cache], { cwd: folder, timeout })
    if (result.failure !== undefined) return result
  }

  const extension = extensions[process.platform] ?? 'so'
  const prefix = process.platform === 'win32' ? '' : 'lib'
  const release = path.join(folder, 'target', 'release')
  fs.mkdirSync(release, { recursive: true })
  link(path.join(cache, 'debug', `${prefix}${crate}.${extension}`), path.join(release, `${prefix}thumbnails.${extension}`))
  return { failure: undefined, output: '', stderr: '' }
}

module.exports = { buildLibrary }
