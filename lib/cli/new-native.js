'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { isBuiltin } = require('node:module')
const { parseArgs } = require('node:util')

const root = path.join(__dirname, '..', '..')
const templates = path.join(root, 'templates', 'native')
const exitCodeOfInvalidArgument = 9

const help = `Usage: isothreads new-native <name> [--directory <folder>]

Writes a package of workers in Rust: a crate with two workers, a JavaScript program that calls them, and a test.
It is written into a new folder of that name, or into <folder>, which may exist if it is empty.`

// npm never packs files of this name into a package.
const storedNames = { '.gitignore': 'gitignore' }

// Names that cargo or npm refuse, names of the crate's own dependencies, and device names, which cannot be folders on Windows.
const takenNames = new Set(`
  abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop
  macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual
  where while yield
  alloc core proc-macro proc_macro std test
  isothreads isothreads-codec isothreads-macros isothreads-sdk isothreads_codec isothreads_macros isothreads_sdk serde
  node_modules
  aux con nul prn com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9
`.trim().split(/\s+/))

/** The package could not be written. No part of it remains. */
class NewNativeError extends Error {
  constructor (message, options) {
    super(message, options)
    this.name = 'NewNativeError'
    this.code = 'ERR_ISOTHREADS_NEW_NATIVE'
  }
}

function checkName (name) {
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
    throw new NewNativeError(`${JSON.stringify(name)} cannot be the name of an npm package and of a crate: ` +
      'it must begin with a letter, contain only lower-case letters, digits, - and _, and have at most 64 characters.')
  }
  if (takenNames.has(name) || isBuiltin(name)) throw new NewNativeError(`${JSON.stringify(name)} is taken: choose another name.`)
}

function checkDirectory (directory) {
  try {
    if (fs.readdirSync(directory).length === 0) return
  } catch (error) {
    if (error.code === 'ENOENT') return
    if (error.code === 'ENOTDIR') throw new NewNativeError(`${directory} is not a folder.`)
    throw error
  }
  throw new NewNativeError(`${directory} is not empty: choose another folder with --directory, or another name.`)
}

function * ancestors (directory) {
  for (let current = directory; ; current = path.dirname(current)) {
    yield current
    if (current === path.dirname(current)) return
  }
}

/**
 * Finds this package from a folder. An entry in node_modules may be a link to a path that contains a version.
 * @returns {string | null}
 */
function installedFor (directory) {
  for (const ancestor of ancestors(directory)) {
    const candidate = path.join(ancestor, 'node_modules', 'isothreads')
    if (fs.existsSync(candidate) && fs.realpathSync(candidate) === fs.realpathSync(root)) return candidate
  }
  return null
}

function sdkVersion () {
  const manifest = fs.readFileSync(path.join(root, 'sdk', 'Cargo.toml'), 'utf8')
  return /^version = "([^"]+)"$/m.exec(manifest)[1]
}

/** The values for the names in double braces. Each one is used within quotes, in JSON, TOML or JavaScript. */
function replacements (name, directory, packageFolder) {
  const relative = (target) => path.relative(directory, target).split(path.sep).join('/')
  const values = {
    name,
    library: name.replaceAll('-', '_'),
    sdk: relative(path.join(packageFolder, 'sdk')),
    version: sdkVersion(),
    package: relative(packageFolder),
    packageVersion: require('../../package.json').version
  }
  return (text) => text.replace(/\{\{(\w+)\}\}/g, (_, key) => JSON.stringify(values[key]).slice(1, -1))
}

function write (directory, replace) {
  for (const entry of fs.readdirSync(templates, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // `path` of a Dirent is called `parentPath` from Node.js 20.12 on.
    const source = path.join(entry.parentPath ?? entry.path, entry.name)
    const stored = path.relative(templates, source)
    const name = Object.keys(storedNames).find((real) => storedNames[real] === stored) ?? stored
    const target = path.join(directory, name)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, replace(fs.readFileSync(source, 'utf8')))
  }
}

/** Moves the contents of a folder into another, empty one. */
function moveEntries (from, to) {
  const names = fs.readdirSync(from)
  try {
    for (const name of names) fs.renameSync(path.join(from, name), path.join(to, name))
    fs.rmdirSync(from)
  } catch (error) {
    for (const name of names) fs.rmSync(path.join(to, name), { recursive: true, force: true })
    throw error
  }
}

/**
 * Writes the package into its folder, completely or not at all.
 * @param {string} name
 * @param {string} [folder]
 * @returns {{ directory: string, isFound: boolean }} the folder, and whether `require('isothreads')` finds this package from there
 * @throws {NewNativeError}
 */
function create (name, folder = name) {
  checkName(name)
  const directory = path.resolve(folder)
  checkDirectory(directory)
  // An existing folder is kept: it may be the current directory of a shell.
  const isThere = fs.existsSync(directory)
  const parent = isThere ? directory : path.dirname(directory)
  const temporary = path.join(parent, `.new-native.${process.pid}.tmp`)
  const made = []
  try {
    made.push(fs.mkdirSync(parent, { recursive: true }) ?? temporary)
    // Relative paths start from the real location, not from a link to it.
    const real = isThere ? fs.realpathSync(parent) : path.join(fs.realpathSync(parent), path.basename(directory))
    const installed = installedFor(real)
    fs.mkdirSync(temporary)
    write(temporary, replacements(name, real, installed ?? fs.realpathSync(root)))
    if (isThere) moveEntries(temporary, directory)
    else fs.renameSync(temporary, directory)
    return { directory, isFound: installed !== null }
  } catch (error) {
    for (const entry of made) fs.rmSync(entry, { recursive: true, force: true })
    throw new NewNativeError(`${directory} could not be written: ${error.message}`, { cause: error })
  }
}

function parse (args) {
  const options = { directory: { type: 'string' }, help: { type: 'boolean', short: 'h' } }
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (values.help) return { help: true }
  if (positionals.length === 0) throw new TypeError('a name is missing')
  if (positionals.length > 1) throw new TypeError(`one name is enough: ${positionals.join(' ')}`)
  if (values.directory === '') throw new TypeError('--directory is empty')
  return { name: positionals[0], directory: values.directory }
}

function nextSteps ({ directory, isFound }) {
  const shown = path.relative(process.cwd(), directory) || '.'
  const commands = [
    ...(shown === '.' ? [] : [`cd ${/^[\w./\\:-]+$/.test(shown) ? shown : JSON.stringify(shown)}`]),
    ...(isFound ? [] : ['npm install      # makes isothreads known to it']),
    'npm start        # builds the library, and calls its workers',
    'npm test'
  ]
  return [
    `Created: ${shown}\n`,
    ...commands.map((command) => `  ${command}`),
    '\nThe workers are in src/lib.rs. Needed: Rust 1.88 or later.'
  ].join('\n')
}

/**
 * The command-line form of `create`.
 * @param {string[]} args
 * @returns {number} the exit code
 */
function main (args) {
  let parsed
  try {
    parsed = parse(args)
  } catch (error) {
    console.error(`isothreads: new-native: ${error.message}\n${help}`)
    return exitCodeOfInvalidArgument
  }
  if (parsed.help) {
    console.log(help)
    return 0
  }
  try {
    console.log(nextSteps(create(parsed.name, parsed.directory)))
    return 0
  } catch (error) {
    if (!(error instanceof NewNativeError)) throw error
    console.error(`isothreads: ${error.message}`)
    return 1
  }
}

module.exports = { create, main, NewNativeError }
