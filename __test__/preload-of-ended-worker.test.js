'use strict'

const path = require('node:path')
const { bounded } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = bounded(require('ava'))

const preload = path.join(__dirname, 'fixtures', 'robustness', 'preload.js')

const terminateWhileStarting = `
  for (let round = 0; round < 40; round++) {
    const worker = new Worker('', { eval: true })
    await new Promise((resolve) => setTimeout(resolve, round % 12))
    await worker.terminate()
  }
  console.log('ended')
`

for (const flag of ['--require', '--import']) {
  test(`a module of ${flag} is not run in a worker that is ended before it is one`, async (t) => {
    endsCleanly(t, await runProgram(terminateWhileStarting, { execArgv: [flag, preload] }), { stdout: 'ended\n' })
  })
}

test('a process that exits while workers start does not run modules of --require in them', async (t) => {
  for (let delay = 0; delay < 12; delay += 2) {
    endsCleanly(t, await runProgram(`
      for (let i = 0; i < 4; i++) new Worker('', { eval: true })
      setTimeout(() => process.exit(3), ${delay})
    `, { execArgv: ['--require', preload] }), { code: 3 })
  }
})
