'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const { parseArgs } = require('node:util')
const { environmentOf, provide } = require('./node-versions')
const { redirectLinks } = require('./package-links')
const { abis, addonPackages, targets, tasksPackages } = require('./targets')
const binary = require('../lib/node/binary')

const root = path.join(__dirname, '..')
const tasksRoot = path.join(root, 'tasks')
const output = path.join(root, 'packages')
const isWindows = process.platform === 'win32'

const help = `Usage: node scripts/pack.js [--target <platform>] [major of Node.js ...]

Makes every package that this machine can build, in ${path.relative(root, output)}/: isothreads, a package with the addon for
each major (default: ${Object.keys(abis).join(', ')}), isothreads-tasks, and the package with its library. Debug
information goes to ${path.relative(root, output)}/debug.
  --target   only the packages with the addon, built for another platform by the compiler in CXX; OBJCOPY is an objcopy for it; one of
             ${targets.map(({ name }) => name).join(', ')}`

function run (command, args, options = {}) {
  const defaults = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], encoding: 'utf8' }
  const { error, status, signal, stdout } = spawnSync(command, args, { ...defaults, ...options })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${signal ?? `exit code ${status}`})`)
  return stdout
}

/** Runs a command beside others, and shows its output when it has ended. */
async function runBeside (command, args, options) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  const [status, signal] = await once(child, 'close')
  process.stdout.write(output)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${signal ?? `exit code ${status}`})`)
}

function npm (args, options) {
  // Packs the folder without running its scripts, and without settings of an outer `npm run`.
  return run('npm', [...args, '--ignore-scripts'], { shell: isWindows, stdio: ['ignore', 'pipe', 'inherit'], ...options })
}

function readJson (file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'))
}

function writeJson (file, value) {
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}

/** @returns {string} a new, empty folder for the files of a package */
function emptyFolder (name) {
  const folder = path.join(output, name)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Puts a library into a package without debug information, and the debug information into a separate file, which debuggers look for next
 * to the library.
 * @param {string} library with debug information
 * @param {string} stripped
 * @param {string} system its target, as `process.platform` names it
 */
function strip (library, stripped, system) {
  fs.copyFileSync(library, stripped)
  const debug = path.join(output, 'debug', path.basename(library).replace(/\.node$/, '.debug'))
  fs.mkdirSync(path.dirname(debug), { recursive: true })
  if (system === 'linux') {
    const objcopy = process.env.OBJCOPY || 'objcopy'
    run(objcopy, ['--only-keep-debug', library, debug])
    run(objcopy, ['--strip-unneeded', `--add-gnu-debuglink=${debug}`, library, stripped])
  } else if (system === 'darwin') {
    run('dsymutil', [library, '-o', `${debug}.dSYM`])
    run('strip', ['-x', stripped])
  }
  // On Windows the linker has already separated it.
}

function describe ({ name }, abi) {
  return abi === undefined ? name : `${name}, Node.js ${Object.keys(abis).find((major) => abis[major] === abi)}`
}

/** Writes a package that contains only a library for one platform. */
function stageLibrary ({ name, library, file, target, abi, dependent, notices }) {
  const manifest = readJson(path.join(root, 'package.json'))
  const folder = emptyFolder(name.replace('@isothreads/', ''))
  strip(library, path.join(folder, file), target.os)
  fs.copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'))
  fs.copyFileSync(notices, path.join(folder, 'THIRD-PARTY-NOTICES.md'))
  const description = `The native part of ${dependent} for ${describe(target, abi)}`
  const readme = `# ${name}\n\n${description}. \`npm install ${dependent}\` installs it: [${dependent}](${manifest.homepage}).\n`
  fs.writeFileSync(path.join(folder, 'README.md'), readme)
  writeJson(path.join(folder, 'package.json'), {
    name,
    version: manifest.version,
    description,
    license: manifest.license,
    author: manifest.author,
    homepage: manifest.homepage,
    bugs: manifest.bugs,
    repository: manifest.repository,
    type: manifest.type,
    main: file,
    files: [file, 'THIRD-PARTY-NOTICES.md'],
    engines: manifest.engines,
    os: [target.os],
    cpu: [target.cpu],
    ...(target.libc === undefined ? {} : { libc: [target.libc] }),
    publishConfig: manifest.publishConfig
  })
  return folder
}

/** @returns {(target: string, document: string) => string} the address in the repository for a file that is not in the package */
function addressesIn (source, { repository, version }) {
  const home = repository.url.replace(/^git\+|\.git$/g, '')
  return (target, document) => {
    const file = path.relative(root, path.join(source, target))
    if (!fs.existsSync(path.join(root, file))) throw new Error(`${document} links to ${file}, which does not exist`)
    return `${home}/blob/v${version}/${file.split(path.sep).join('/')}`
  }
}

/**
 * Writes a package from its folder here. In its package.json, dependencies on the published packages replace those for development.
 */
function stageSources (source, libraries) {
  const manifest = readJson(path.join(source, 'package.json'))
  for (const key of ['private', 'scripts', 'devDependencies']) delete manifest[key]
  const folder = emptyFolder(manifest.name)
  const [{ files }] = JSON.parse(npm(['pack', '--dry-run', '--json'], { cwd: source }))
  for (const { path: file } of files) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.copyFileSync(path.join(source, file), path.join(folder, file))
  }
  const optionalDependencies = Object.fromEntries(libraries.map((name) => [name, manifest.version]))
  writeJson(path.join(folder, 'package.json'), { ...manifest, optionalDependencies })
  redirectLinks(folder, addressesIn(source, manifest))
  return folder
}

/** @returns {{ file: string, size: number, unpackedSize: number }} */
function pack (folder) {
  const [{ filename, size, unpackedSize }] = JSON.parse(npm(['pack', '--json', '--pack-destination', output], { cwd: folder }))
  return { file: filename, size, unpackedSize }
}

function stageAddon (target, major) {
  const abi = abis[major]
  return stageLibrary({
    name: `@isothreads/${target.name}-abi${abi}`,
    library: path.join(binary.directory, `isothreads.${target.name}-abi${abi}.node`),
    file: 'isothreads.node',
    target,
    abi,
    dependent: 'isothreads',
    notices: path.join(root, 'THIRD-PARTY-NOTICES.md')
  })
}

function stageTasksLibrary (target) {
  const { extension } = require('../tasks/platform')
  return stageLibrary({
    name: `@isothreads/tasks-${target.name}`,
    library: path.join(tasksRoot, 'binaries', `tasks.${target.name}${extension}`),
    file: `tasks${extension}`,
    target,
    dependent: 'isothreads-tasks',
    notices: path.join(tasksRoot, 'THIRD-PARTY-NOTICES.md')
  })
}

function megabytes (bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`
}

async function buildAddons (majors, target) {
  for (const major of majors) {
    const node = provide(major)
    await runBeside(node, [path.join('scripts', 'build.js'), '--target', target.name], { env: environmentOf(node) })
  }
}

/**
 * @param {string[]} majors of Node.js
 * @param {object} target one of scripts/targets.js
 * @returns {Promise<Array<{ file: string, size: number, unpackedSize: number }>>} the packed files
 */
async function packAll (majors, target) {
  const isNative = target.name === binary.target()
  // Most of the time of either build is one thread's.
  await Promise.all([
    buildAddons(majors, target),
    isNative ? runBeside(process.execPath, [path.join(tasksRoot, 'scripts', 'build.js')]) : undefined
  ])
  fs.rmSync(output, { recursive: true, force: true })
  const folders = majors.map((major) => stageAddon(target, major))
  if (isNative) folders.push(stageTasksLibrary(target), stageSources(root, addonPackages()), stageSources(tasksRoot, tasksPackages()))
  return folders.map(pack)
}

function parse (args) {
  const { values, positionals } = parseArgs({ args, options: { target: { type: 'string' } }, allowPositionals: true })
  const unknown = positionals.find((major) => !(major in abis))
  if (unknown !== undefined) throw new TypeError(`${unknown} is not one of ${Object.keys(abis).join(', ')}`)
  const name = values.target ?? binary.target()
  const target = targets.find((each) => each.name === name)
  if (target === undefined) throw new TypeError(`unknown platform ${name}: see scripts/targets.js`)
  return { majors: positionals.length === 0 ? Object.keys(abis) : positionals, target }
}

async function main (args) {
  let parsed
  try {
    parsed = parse(args)
  } catch (error) {
    console.error(`pack: ${error.message}\n${help}`)
    return 9
  }
  const packed = await packAll(parsed.majors, parsed.target)
  console.log()
  for (const { file, size, unpackedSize } of packed) {
    console.log(`${file.padEnd(52)} ${megabytes(size).padStart(9)} packed ${megabytes(unpackedSize).padStart(9)} unpacked`)
  }
  return 0
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code })
