'use strict'

const binary = require('./binary')

/** Thrown when the package is required and has no native part that the running Node.js can load. */
class NotBuiltError extends Error {
  constructor (message, options) {
    super(message, options)
    this.name = 'Error'
    this.code = 'ERR_ISOTHREADS_NOT_BUILT'
  }
}

function describeHost () {
  return `Node.js ${process.version} (ABI ${process.versions.modules}) on ${binary.target()}`
}

function indent (title, lines) {
  return lines.map((line, index) => `  ${(index === 0 ? title : '').padEnd(11)} ${line}`).join('\n')
}

function adviceOf (name) {
  if (!binary.publishedPackages().includes(name)) return ['Build it from source with:  npx isothreads build']
  return [
    `${name} is not installed. Install again on this platform, with optional dependencies:  npm install --include=optional`,
    'Or build it from source with:  npx isothreads build'
  ]
}

function missing (candidates) {
  const present = binary.list().map(({ name, origin, abi }) => `${name} (${origin}, ${binary.describeAbi(abi)})`)
  const fitting = candidates.filter(({ request }) => request.includes(binary.target()))
  return new NotBuiltError([
    'isothreads has no binary for this Node.js.',
    indent('needed:', [describeHost()]),
    indent('looked for:', fitting.map(({ origin, request }) => `${request} (${origin})`)),
    indent('present:', present.length === 0 ? ['none'] : present),
    ...adviceOf(binary.expectedPackageName())
  ].join('\n'))
}

function unloadable ({ origin }, file, cause) {
  const command = origin === binary.origins.source ? 'npx isothreads build --force' : 'npx isothreads build'
  return new NotBuiltError([
    `isothreads could not load ${file} (${origin}): ${cause.message}`,
    indent('needed:', [`a binary for ${describeHost()}`]),
    `Build it from source with:  ${command}`
  ].join('\n'), { cause })
}

function ofAnotherVersion ({ origin }, file, found, expected) {
  return new NotBuiltError(`isothreads ${expected} found a binary of version ${found}: ${file} (${origin}).\n` +
    (origin === binary.origins.source
      ? 'Build it again with:  npx isothreads build'
      : 'Install isothreads again, with its optional dependencies.'))
}

/** Other programs have a `process` like that of Node.js, with another engine or another build of V8. */
function checkRuntime () {
  const { bun, deno, electron } = process.versions
  const other = electron ? `Electron ${electron}` : bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : undefined
  if (other === undefined) return
  throw new NotBuiltError(`isothreads needs the V8 of Node.js, and this is ${other}. It runs in Node.js 20 and later.`)
}

/** Thrown where Node.js may not load native addons. The code is Node's. */
function notAllowed (cause) {
  const reason = cause.code === 'ERR_ACCESS_DENIED'
    ? "process.permission.drop('addon') was called"
    : process.permission === undefined ? 'it was started with --no-addons' : 'it was started with --permission and without --allow-addons'
  const error = new Error(`isothreads is a native addon, and this process may not load native addons: ${reason}.`, { cause })
  error.code = cause.code
  return error
}

/** Checked before any file is looked for, because the process may have no right to know where a file is. */
function checkAllowed () {
  try {
    // Without arguments it only checks whether it is allowed.
    process.dlopen()
  } catch (error) {
    if (error.code === 'ERR_DLOPEN_DISABLED' || error.code === 'ERR_ACCESS_DENIED') throw notAllowed(error)
  }
}

function load () {
  checkRuntime()
  checkAllowed()
  const { version } = binary.manifest()
  const candidates = binary.candidates()
  let failure
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index]
    const file = binary.resolve(candidate.request)
    if (file === null) continue
    try {
      const addon = binary.load(file)
      if (addon.VERSION === version) return addon
      failure ??= ofAnotherVersion(candidate, file, addon.VERSION, version)
    } catch (error) {
      // Another candidate may load. The first failure is reported only if none does.
      failure ??= unloadable(candidate, file, error)
    }
  }
  throw failure ?? missing(candidates)
}

module.exports = load()
