'use strict'

// Runs code of others in lean workers with limits, in a process of its own. The process has no variables of the environment and no
// permission to write or to start anything, and it is replaced when it ends.
//
//   node examples/untrusted.js

const { fork } = require('node:child_process')
const { Worker } = require('..')

const limits = {
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, maxExternalMemoryMb: 16, stackSizeMb: 1 },
  cpuTimeLimit: 2000,
  wallTimeLimit: 60_000,
  maxQueuedMessages: 100,
  codeGeneration: false,
  timerResolution: 10
}

// The child: runs one rule after the other. The last message of a rule is its result.
function serve () {
  process.on('message', ({ id, source, input }) => {
    const worker = new Worker(source, {
      eval: true,
      runtime: 'lean',
      moduleRoots: [],
      workerData: input,
      stdout: true,
      stderr: true,
      ...limits
    })
    let value
    let code
    worker.on('message', (message) => { value = message })
    worker.on('error', (error) => { code = error?.code ?? 'ERR_RULE' })
    worker.on('exit', () => process.send({ id, value, code, reason: worker.exitReason }))
  })
}

class RuleProcess {
  #child
  #lastId = 0
  #waiting = new Map()

  #start () {
    const permission = process.versions.node.startsWith('22.') ? '--experimental-permission' : '--permission'
    const execArgv = [permission, '--allow-worker', '--allow-addons', '--allow-fs-read=*', '--no-warnings', '--max-old-space-size=64']
    const child = fork(__filename, ['--serve'], { env: {}, execArgv })
    child.on('message', ({ id, ...outcome }) => {
      this.#waiting.get(id)?.(outcome)
      this.#waiting.delete(id)
    })
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined
      for (const settle of this.#waiting.values()) settle({ code: 'ERR_PROCESS_ENDED', reason: 'process' })
      this.#waiting.clear()
    })
    return child
  }

  /** Never rejects: a rule that fails has a code. */
  run (source, input) {
    this.#child ??= this.#start()
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.send({ id, source, input })
    })
  }

  end () {
    this.#child?.kill()
  }
}

const rules = {
  'a discount': 'const { parentPort, workerData } = require("isothreads"); parentPort.postMessage(workerData.price * 0.9)',
  'an endless loop': 'for (;;);',
  'a heap that grows': 'const all = []; for (;;) all.push([all.length])',
  'a look at the files': 'require("fs").readFileSync("/etc/passwd")'
}

async function main () {
  const processOfRules = new RuleProcess()
  const results = await Promise.all(Object.entries(rules).map(async ([name, source]) => {
    const { value, code, reason } = await processOfRules.run(source, { price: 50 })
    return `${name}: ${value ?? code} (${reason})`
  }))
  for (const result of results) console.log(result)
  processOfRules.end()
}

if (process.argv[2] === '--serve') serve()
else main()
