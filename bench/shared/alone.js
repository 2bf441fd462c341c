'use strict'

// Operations of views on one thread: in a process that may use one processor, where the package makes one thread.

const { fork, spawnSync } = require('node:child_process')
const { once } = require('node:events')

/** The first processor that this process may use; undefined where there is no taskset, as on macOS and Windows. */
function firstProcessor () {
  const { stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  return /: *(\d+)/.exec(stdout ?? '')?.[1]
}

/**
 * @param {string} type of the elements
 * @param {number} length
 * @returns {{ run: (operation: string) => Promise<number>, close: () => void } | undefined}
 */
function startAlone (type, length) {
  const processor = firstProcessor()
  if (processor === undefined) return undefined
  const options = { execPath: 'taskset', execArgv: ['-c', processor, process.execPath] }
  const child = fork(__filename, [type, String(length)], options)
  const exit = once(child, 'exit').then(([code]) => { throw new Error(`the process of one thread ended with ${code}`) })
  exit.catch(() => {})
  return {
    async run (operation) {
      const answer = once(child, 'message')
      child.send(operation)
      const [milliseconds] = await Promise.race([answer, exit])
      return milliseconds
    },
    close () { child.disconnect() }
  }
}

module.exports = { startAlone }

if (require.main === module) {
  const [type, length] = process.argv.slice(2)
  const measure = require('./views').measureOurs(require('../..'), type, Number(length))
  process.on('message', operation => process.send(measure(operation)))
}
