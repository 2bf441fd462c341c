'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const neededHeaders = ['node.h', 'v8.h', 'uv.h']

/** No suitable headers were found; the message names every searched place and the reason. */
class HeadersNotFoundError extends Error {
  constructor (rejected) {
    const { node, modules } = process.versions
    super([
      `The C++ headers of Node.js ${node} (ABI ${modules}) were not found. Looked at:`,
      ...rejected.map(({ source, directories, reason }) => `  ${directories[0]} (${source}): ${reason}`),
      'Do one of:',
      '  npx node-gyp install             downloads them into node-gyp\'s cache',
      '  set npm_config_nodedir to <dir>  that has include/node, or is a source tree, of this exact Node.js'
    ].join('\n'))
    this.name = 'HeadersNotFoundError'
    this.code = 'ERR_ISOTHREADS_NO_HEADERS'
  }
}

function nodeGypCache () {
  const { env } = process
  if (env.npm_config_devdir) return env.npm_config_devdir
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'node-gyp')
  if (process.platform === 'win32') {
    return path.join(env.LOCALAPPDATA || path.join(os.homedir(), 'AppData', 'Local'), 'node-gyp', 'Cache')
  }
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'node-gyp')
}

function candidates () {
  const found = []
  const nodedir = process.env.npm_config_nodedir
  if (nodedir) {
    const root = path.resolve(nodedir)
    const installed = path.join(root, 'include', 'node')
    const isSourceTree = !fs.existsSync(installed) && fs.existsSync(path.join(root, 'src', 'node_version.h'))
    found.push({
      source: 'npm_config_nodedir',
      directories: isSourceTree
        ? [path.join(root, 'src'), path.join(root, 'deps', 'v8', 'include'), path.join(root, 'deps', 'uv', 'include')]
        : [installed]
    })
  }
  const beside = (executable) => path.join(path.dirname(executable), '..', 'include', 'node')
  for (const directory of new Set([beside(process.execPath), beside(fs.realpathSync(process.execPath))])) {
    found.push({ source: 'beside the running binary', directories: [directory] })
  }
  found.push({
    source: 'node-gyp\'s cache',
    directories: [path.join(nodeGypCache(), process.versions.node, 'include', 'node')]
  })
  return found
}

function readDefine (text, name) {
  // The last definition is the one in effect: the embedder's comes first, inside an #ifdef.
  const values = [...text.matchAll(new RegExp(`^#define ${name} (\\d+)\\s*$`, 'gm'))]
  return values.at(-1)?.[1]
}

/** The reason why these directories do not suit the running Node.js, or null if they do. */
function findFault (directories) {
  let version
  try {
    version = fs.readFileSync(path.join(directories[0], 'node_version.h'), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return 'no node_version.h there'
    return error.message
  }
  const abi = readDefine(version, 'NODE_MODULE_VERSION')
  const major = readDefine(version, 'NODE_MAJOR_VERSION')
  const runningMajor = process.versions.node.split('.')[0]
  if (abi !== process.versions.modules || major !== runningMajor) return `these are the headers of Node.js ${major} (ABI ${abi})`
  const absent = neededHeaders.find((name) => !directories.some((directory) => fs.existsSync(path.join(directory, name))))
  return absent === undefined ? null : `no ${absent} there`
}

/**
 * The directories that hold node.h, v8.h and uv.h of the running Node.js: one, or three if npm_config_nodedir is a source tree.
 * @returns {{ directories: string[], source: string }}
 * @throws {HeadersNotFoundError}
 */
function findHeaders () {
  const rejected = []
  for (const candidate of candidates()) {
    const reason = findFault(candidate.directories)
    if (reason === null) return candidate
    rejected.push({ ...candidate, reason })
  }
  throw new HeadersNotFoundError(rejected)
}

module.exports = { findHeaders, HeadersNotFoundError }

if (require.main === module) {
  try {
    process.stdout.write(findHeaders().directories.join(path.delimiter) + '\n')
  } catch (error) {
    if (!(error instanceof HeadersNotFoundError)) throw error
    process.stderr.write(error.message + '\n')
    process.exitCode = 1
  }
}
