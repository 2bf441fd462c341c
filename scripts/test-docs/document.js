'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { readBlocks } = require('./blocks')
const { compare, findMissing, readExpectations } = require('./expectations')
const { makeFolder, root } = require('./folder')
const { run } = require('./process')
const { buildLibrary } = require('./rust')
const { checkTypes } = require('./typescript')

const recorder = path.join(__dirname, 'record-output.js')
const defaultTimeout = 2 * 60_000
const scripts = ['js', 'mjs', 'cjs']
const isProgram = ({ language }) => [...scripts, 'ts', 'sh', 'rust'].includes(language)
const isFile = ({ name, language }) => name !== undefined && language !== 'rust' && !/^main\./.test(name)

/**
 * @typedef {object} Result of a block
 * @property {import('./blocks').Block} block
 * @property {'ran' | 'skipped' | 'failed'} state
 * @property {string} detail the reason for skipping, or the failure
 * @property {string} folder where the document's programs run
 */

/**
 * Runs the programs of a document in order, in their own folder. A block that begins with a file name in a comment is that file, for the
 * programs that follow; a file called `main` is also run.
 * @param {string} document path of a Markdown file
 * @param {(result: Result) => void} report called for each program when it has ended
 * @param {{ timeout?: number, reason?: string }} [options] timeout: milliseconds for each program; reason: why no program runs
 */
async function runDocument (document, report, { timeout = defaultTimeout, reason } = {}) {
  const blocks = readBlocks(document).map((block) => reason === undefined ? block : { ...block, reason })
  const folder = makeFolder(document)
  const tell = (block, state, detail) => report({ block, state, detail, folder })
  try {
    const rust = blocks.filter(({ language, reason }) => language === 'rust' && reason === undefined)
    if (rust.length > 0) {
      const detail = describe(await buildLibrary(rust, folder, path.relative(root, document)))
      for (const block of rust) tell(block, detail === '' ? 'ran' : 'failed', detail)
    }
    for (const block of blocks) {
      if (block.reason !== undefined) {
        if (isProgram(block)) tell(block, 'skipped', block.reason)
      } else if (isFile(block)) {
        write(folder, block.name, block.text)
        if (!isUsed(block, blocks)) tell(block, 'failed', `no program uses ${block.name}`)
      } else if (isProgram(block) && block.language !== 'rust') {
        const detail = await runBlock(folder, block, timeout)
        tell(block, detail === '' ? 'ran' : 'failed', detail)
      }
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** A file is tested by the programs that use it. A file that nothing names is untested: `vite.config.js` is named by `vite`. */
function isUsed (file, blocks) {
  const [name] = path.basename(file.name).split('.')
  return blocks.some((block) => block !== file && block.reason === undefined && block.text.includes(name))
}

function write (folder, name, text) {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  return file
}

/** @returns {Promise<string>} the failure, or an empty string */
async function runBlock (folder, { language, text, name, line }, timeout) {
  if (language === 'sh') {
    const file = write(folder, `line-${line}.sh`, text)
    const result = await run('sh', ['-e', file], { cwd: folder, timeout, env: environment(folder) })
    return describe(result, findMissing(text, result.output))
  }
  if (language === 'ts') return describe(await checkTypes(folder, write(folder, name ?? `line-${line}.mts`, text)))
  const extension = /^(?:import|export) /m.test(text) ? 'mjs' : 'js'
  const file = write(folder, name ?? `line-${line}.${extension}`, text)
  const result = await run(process.execPath, ['--require', recorder, file], { cwd: folder, timeout })
  const printed = result.report.split('\n').filter((one) => one !== '').map((one) => JSON.parse(one))
  // Output on stderr is a failure: worker errors that a listener prints, and warnings.
  const complaint = result.failure === undefined && result.stderr !== '' ? 'it wrote to stderr' : result.failure
  return describe({ ...result, failure: complaint }, compare(readExpectations(text), printed))
}

function environment (folder) {
  const binaries = [path.join(folder, 'node_modules', '.bin'), path.dirname(process.execPath)]
  return { ...process.env, PATH: [...binaries, process.env.PATH].join(path.delimiter), npm_config_offline: 'true' }
}

function describe ({ failure, output, stderr }, differences = []) {
  const problems = failure === undefined ? differences : [failure, ...differences]
  return problems.length === 0 ? '' : [...problems, output.trimEnd(), stderr.trimEnd()].filter((one) => one !== '').join('\n')
}

module.exports = { runDocument }
