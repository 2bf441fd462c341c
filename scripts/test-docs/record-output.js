'use strict'

// Loaded before a document's program: reports the output of each console.log() with its line.

const fs = require('node:fs')
const { fileURLToPath } = require('node:url')
const { format } = require('node:util')
const { isMainThread } = require('node:worker_threads')
const { reportDescriptor } = require('./process')

const { log } = console

/** The line of the call, if it is in the main program. */
function callingLine () {
  const frame = new Error().stack.split('\n')[3] ?? ''
  const [, place, line] = /\(?((?:file:\/)?\/[^()]*):(\d+):\d+\)?$/.exec(frame) ?? []
  if (place === undefined) return undefined
  const file = place.startsWith('file:') ? fileURLToPath(place) : place
  return file === process.argv[1] ? Number(line) : undefined
}

if (isMainThread) {
  console.log = function (...args) {
    const line = callingLine()
    if (line !== undefined) fs.writeSync(reportDescriptor, `${JSON.stringify({ line, text: format(...args) })}\n`)
    return log.apply(console, args)
  }
}
