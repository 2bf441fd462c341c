'use strict'

const path = require('node:path')
const { once } = require('node:events')
const { packageRoot, startWorker } = require('./helpers')

const names = { win32: '.dll', darwin: '.dylib' }

/** @param {string} crate name in Rust */
function libraryFile (crate) {
  const { platform } = process
  return `${platform === 'win32' ? '' : 'lib'}${crate}${names[platform] ?? '.so'}`
}

/** What `npm run build:test` has made of __test__/native-library. */
const library = path.join(packageRoot, 'target', 'native', 'release', libraryFile('isothreads_test_workers'))

/** A worker of that library, which is ended with its test. */
function start (t, name, options) {
  return startWorker(t, `${library}#${name}`, { eval: false, ...options })
}

/** What a worker of that library answers to its workerData. */
async function answerOf (t, name, workerData, options) {
  const [message] = await once(start(t, name, { workerData, ...options }), 'message')
  return message
}

module.exports = { answerOf, library, libraryFile, start }
